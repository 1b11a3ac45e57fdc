#include "wattle/ledger/statement.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::ledger {
namespace {

constexpr std::int64_t kSecond = kNanosPerSecond;

/// Writes segments as a meter and a supervisor would, through reboots and clock steps.
class StatementTest : public ::testing::Test {
 protected:
  void open_meter(std::string meter) {
    meter_name_ = std::move(meter);
    node_writer_ = *store::SegmentWriter::open(
        files_, clock_, {.folder = folder_ / "node", .role = "node", .host = "h"}, [this] {
          return std::vector{
              energy::encode(energy::NodeDescription{.meter = meter_name_,
                                                     .domains = {{.name = "package-0",
                                                                  .source = "rapl",
                                                                  .error_cause = "rapl",
                                                                  .relative_sigma = 0.05}},
                                                     .logical_cpus = 2})};
        });
  }
  void open_attempt(std::uint32_t attempt) {
    group_writer_ = *store::SegmentWriter::open(
        files_, clock_, {.folder = usage_folder(attempt), .role = "usage", .host = "h"}, [attempt] {
          return std::vector{
              energy::encode(energy::GroupDescription{.run = "R", .attempt = attempt})};
        });
    cpu_ = 0;
  }
  std::string usage_folder(std::uint32_t attempt) const {
    return folder_ / ("usage-" + std::to_string(attempt));
  }

  /// One tick: 30 J a second on the package, one CPU busy, all of it by the run.
  void tick(bool metered = true) {
    clock_.advance(Seconds(1));
    cpu_ += 1'000'000;
    busy_ += 1'000'000;
    energy_ += Joules(30);
    if (metered) {
      sample_node();
    }
    sample_group();
  }
  void sample_node() {
    ASSERT_TRUE(node_writer_
                    ->append(energy::encode(energy::NodeSample{.at = clock_.boot_now(),
                                                               .energy = {to_microjoules(energy_)},
                                                               .stale = {false},
                                                               .utilisation = {0.5},
                                                               .cpu_busy_microseconds = busy_}))
                    .ok());
  }
  void sample_group() {
    ASSERT_TRUE(group_writer_
                    ->append(energy::encode(
                        energy::GroupSample{.at = clock_.boot_now(), .cpu_microseconds = cpu_}))
                    .ok());
  }
  Statement statement(std::vector<std::uint32_t> attempts) {
    std::vector<GroupTrace> groups;
    for (const auto attempt : attempts) {
      groups.push_back(*read_group_trace(files_, usage_folder(attempt)));
    }
    Statement sum;
    for (const auto& node : *read_node_traces(files_, folder_ / "node", {}, {})) {
      std::vector<GroupTrace> here;
      std::ranges::copy_if(groups, std::back_inserter(here),
                           [&](const GroupTrace& group) { return group.boot_id == node.boot_id; });
      add(sum, state_run(node, here, "R"));
    }
    return sum;
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
  std::string meter_name_;
  std::unique_ptr<store::SegmentWriter> node_writer_;
  std::unique_ptr<store::SegmentWriter> group_writer_;
  std::int64_t cpu_ = 0;
  std::int64_t busy_ = 0;
  Joules energy_{1000};
};

TEST_F(StatementTest, ChargesARunForAllDynamicEnergyWhenItIsAlone) {
  open_meter("m1");
  open_attempt(1);
  sample_node();
  sample_group();
  for (int i = 0; i < 120; ++i) {
    tick();
  }
  const auto result = statement({1});
  EXPECT_NEAR(result.energy.value().value(), 120 * 30, 1e-3);
  EXPECT_EQ(result.host.total(), to_microjoules(Joules(120 * 30)));
  EXPECT_EQ(result.host.of_this_run, result.host.total());
  EXPECT_NEAR(result.energy.high().value(), 3600 * (1 + 0.05 * kIntervalZ), 1);
  const auto sliced =
      std::accumulate(result.slices.begin(), result.slices.end(), Joules(0),
                      [](Joules sum, const EnergySlice& slice) { return sum + slice.energy; });
  EXPECT_NEAR(sliced.value(), 3600, 1e-3);
  EXPECT_GE(result.slices.size(), 2U);
}

TEST_F(StatementTest, AModelledPartThatIsChargedNothingLeavesTheSumACounters) {
  node_writer_ = *store::SegmentWriter::open(
      files_, clock_, {.folder = folder_ / "node", .role = "node", .host = "h"}, [] {
        return std::vector{energy::encode(energy::NodeDescription{
            .meter = "m1",
            .domains = {{.name = "package-0", .quality = Quality::kCounter, .source = "rapl"},
                        {.name = "memory",
                         .component = energy::Component::kDram,
                         .quality = Quality::kModelled,
                         .source = "model",
                         .idle_ratio = 1}},
            .logical_cpus = 2})};
      });
  open_attempt(1);
  for (std::int64_t second = 0; second < 3; ++second) {
    EXPECT_TRUE(node_writer_
                    ->append(energy::encode(energy::NodeSample{
                        .at = clock_.boot_now(),
                        .energy = {Microjoules(second * 9000), Microjoules(second * 9000)},
                        .stale = {false, false},
                        .utilisation = {0.5, 0.5},
                        .cpu_busy_microseconds = cpu_}))
                    .ok());
    sample_group();
    clock_.advance(Seconds(1));
    cpu_ += 1'000'000;
  }
  const auto result = statement({1});
  EXPECT_EQ(result.components.size(), 2U);
  EXPECT_GT(result.energy.value().value(), 0);
  EXPECT_EQ(result.energy.quality(), Quality::kCounter);
}

TEST_F(StatementTest, AClockStepNeitherAddsNorLosesEnergy) {
  open_meter("m1");
  open_attempt(1);
  sample_node();
  sample_group();
  tick();
  clock_.step_utc(Seconds(-7200));
  tick();
  clock_.step_utc(Seconds(86400));
  tick();
  EXPECT_EQ(statement({1}).host.total(), to_microjoules(Joules(90)));
  EXPECT_EQ(statement({1}).unmetered.value(), 0);
}

TEST_F(StatementTest, ARebootStartsNewCountersAndTheRunGoesOn) {
  open_meter("m1");
  open_attempt(1);
  sample_node();
  sample_group();
  tick();
  clock_.reboot("another-boot");
  energy_ = Joules(0);
  busy_ = 0;
  open_meter("m2");
  open_attempt(2);
  sample_node();
  sample_group();
  tick();
  tick();
  EXPECT_EQ(statement({1, 2}).host.total(), to_microjoules(Joules(90)));
}

TEST_F(StatementTest, TellsHowLongTheMeterWasAway) {
  open_meter("m1");
  open_attempt(1);
  sample_node();
  sample_group();
  tick();
  tick(false);
  tick(false);
  open_meter("m2");
  sample_node();
  tick();
  const auto result = statement({1});
  EXPECT_NEAR(result.unmetered.value(), 2, 1e-9);
  EXPECT_EQ(result.host.accounts.at(Account::kUnmetered), to_microjoules(Joules(60)));
  EXPECT_NEAR(result.energy.value().value(), 60, 1e-6);
}

TEST_F(StatementTest, SharingAHostWidensTheInterval) {
  open_meter("m1");
  open_attempt(1);
  sample_node();
  sample_group();
  for (int i = 0; i < 10; ++i) {
    busy_ += 1'000'000;  // a stranger uses the other CPU
    tick();
  }
  const auto result = statement({1});
  EXPECT_NEAR(result.energy.value().value(), 150, 1e-3);
  EXPECT_NEAR(result.energy.sigma(), std::hypot(150 * 0.05, 150 * 0.20), 1e-6);
}

TEST_F(StatementTest, WithoutAMeterItIsEmptyAndSaysSo) {
  open_attempt(1);
  sample_group();
  EXPECT_FALSE(statement({1}).is_metered());
}

}  // namespace
}  // namespace wattle::ledger
