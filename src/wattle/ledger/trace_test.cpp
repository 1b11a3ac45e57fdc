#include "wattle/ledger/trace.h"

#include <gtest/gtest.h>

#include "wattle/ledger/statement.h"

namespace wattle::ledger {
namespace {

BootTime at(std::int64_t second) {
  return {second * kNanosPerSecond};
}

/// A meter's life from one second to another: 10 W on one package, one of one CPU busy.
MeterLife life(std::string meter, std::int64_t from, std::int64_t to) {
  MeterLife life{.description = {.meter = std::move(meter), .domains = {{.name = "package-0"}}},
                 .samples = {}};
  for (std::int64_t second = from; second <= to; ++second) {
    life.samples.push_back({.at = at(second),
                            .energy = {Microjoules((second - from) * 10'000'000)},
                            .stale = {false},
                            .utilisation = {1},
                            .cpu_busy_microseconds = second * 1'000'000});
  }
  return life;
}

NodeTrace trace(std::vector<MeterLife> lives, std::string boot = "b") {
  return {.host = "h",
          .boot_id = std::move(boot),
          .lives = std::move(lives),
          .anchors = {{at(0), UtcTime{1'800'000'000 * kNanosPerSecond}}}};
}

GroupTrace run(std::int64_t from, std::int64_t to) {
  GroupTrace group{.host = "h", .boot_id = "b", .description = {.run = "R"}, .samples = {}};
  for (std::int64_t second = from; second <= to; ++second) {
    group.samples.push_back({.at = at(second), .cpu_microseconds = (second - from) * 1'000'000});
  }
  return group;
}

TEST(MergeTraces, TheHostsOwnMeterTakesOverFromTheUsers) {
  const auto merged = merge_traces({trace({life("host", 10, 20)})}, {trace({life("user", 0, 12)})});
  ASSERT_EQ(merged.size(), 1U);
  ASSERT_EQ(merged[0].lives.size(), 2U);
  EXPECT_EQ(merged[0].lives[0].description.meter, "user");
  EXPECT_EQ(merged[0].lives[0].samples.back().at, at(9));
  EXPECT_EQ(merged[0].anchors.size(), 2U);

  const std::vector groups{run(0, 20)};
  const auto statement = state_run(merged[0], groups, "R");
  EXPECT_EQ(statement.host.of_this_run, Microjoules(190'000'000));  // but the second of the change
  EXPECT_NEAR(statement.unmetered.value(), 1, 1e-9);
}

TEST(MergeTraces, ALifeWithinAnotherIsCutOutOfIt) {
  const auto merged = merge_traces({trace({life("host", 5, 10)})}, {trace({life("user", 0, 20)})});
  ASSERT_EQ(merged[0].lives.size(), 3U);
  EXPECT_EQ(merged[0].lives[0].samples.back().at, at(4));
  EXPECT_EQ(merged[0].lives[1].description.meter, "host");
  EXPECT_EQ(merged[0].lives[2].samples.front().at, at(11));
}

TEST(MergeTraces, ALifeBetweenTwoSamplesOfAnotherPartsIt) {
  auto sparse = life("user", 0, 20);
  std::erase_if(sparse.samples,
                [](const auto& sample) { return at(4) < sample.at && sample.at < at(12); });
  const auto merged = merge_traces({trace({life("host", 5, 10)})}, {trace({sparse})});
  ASSERT_EQ(merged[0].lives.size(), 3U);
  EXPECT_EQ(merged[0].lives[2].samples.front().at, at(12));
}

TEST(MergeTraces, AMeterThatSampledOnceTakesNothingAway) {
  const auto merged = merge_traces({trace({life("host", 5, 5)})}, {trace({life("user", 0, 20)})});
  ASSERT_EQ(merged[0].lives.size(), 1U);
  EXPECT_EQ(merged[0].lives[0].samples.size(), 21U);
}

TEST(MergeTraces, BootsStayApart) {
  const auto merged =
      merge_traces({trace({life("host", 0, 5)}, "b")}, {trace({life("user", 0, 5)}, "a")});
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[1].boot_id, "a");
}

}  // namespace
}  // namespace wattle::ledger
