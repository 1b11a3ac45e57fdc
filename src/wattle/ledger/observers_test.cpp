// Attempts that watch processes from outside, in the books of the host and in statements of runs.
#include "wattle/ledger/observers.h"

#include <gtest/gtest.h>

#include "wattle/ledger/settlement.h"

namespace wattle::ledger {
namespace {

constexpr energy::ProcessIdentity kNotebook{.pid = 20, .start_ticks = 5};
constexpr energy::ProcessIdentity kWorker{.pid = 30, .start_ticks = 6};

BootTime at(int second) {
  return {second * kNanosPerSecond};
}

/// 40 W over ten seconds, in which 1.5 of two CPUs are busy, and one process fills a GPU.
NodeTrace host_of_ten_seconds(energy::Component component) {
  NodeTrace node{.host = "h", .boot_id = "b", .lives = {{}}};
  auto& life = node.lives[0];
  const energy::Domain domain{.name = "d", .component = component, .source = "s", .idle_ratio = 0};
  life.description = {.meter = "m", .domains = {domain}, .logical_cpus = 2};
  for (int i = 0; i <= 10; ++i) {
    life.samples.push_back(
        {.at = at(i),
         .energy = {Microjoules(40'000'000L * i)},
         .stale = {false},
         .utilisation = {1},
         .cpu_busy_microseconds = 1'500'000L * i,
         .processes = {
             {.domain = 0, .pid = kWorker.pid, .owner = "", .busy_microseconds = 1'000'000L * i}}});
  }
  return node;
}

struct Span {
  int from = 0;
  int to = 10;
};

GroupTrace job(std::string run, double cpus, Span span = {}) {
  GroupTrace group{.host = "h", .boot_id = "b"};
  group.description = {.run = std::move(run)};
  for (int i = span.from; i <= span.to; ++i) {
    group.samples.push_back(
        {.at = at(i), .cpu_microseconds = static_cast<std::int64_t>(cpus * 1e6 * (i - span.from))});
  }
  return group;
}

GroupTrace observer(std::string run, double cpus, std::vector<energy::ProcessIdentity> ancestry,
                    std::string within = "", Span span = {}) {
  auto group = job(std::move(run), cpus, span);
  group.observations.push_back({.at = at(span.from),
                                .within = std::move(within),
                                .ancestry = std::move(ancestry),
                                .members = {kWorker.pid}});
  return group;
}

/// Joules of each group, then of everybody else.
std::vector<double> shares(const std::vector<GroupTrace>& groups, std::string_view viewpoint,
                           energy::Component component = energy::Component::kCpu) {
  std::vector<double> sums(groups.size() + 1);
  std::int64_t sum = 0;
  settle(
      host_of_ten_seconds(component), groups,
      [&](const Posting& posting) {
        const bool is_owned = posting.owner != kNoOwner;
        sums[is_owned ? posting.owner : groups.size()] +=
            static_cast<double>(posting.energy.value()) * 1e-6;
        sum += posting.energy.value();
      },
      viewpoint);
  EXPECT_EQ(sum, 400'000'000) << "every microjoule is posted once";
  return sums;
}

void expect_near(const std::vector<double>& seen, const std::vector<double>& wanted) {
  ASSERT_EQ(seen.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(seen[i], wanted[i], 0.01) << i;
  }
}

double part_of(double cpus) {
  return 400 * cpus / 1.5;
}

TEST(Observers, OwnWhatNobodyElseOwns) {
  const std::vector groups{observer("A", 0.5, {kNotebook}), job("J", 0.3)};
  const std::vector<double> all{part_of(0.5), part_of(0.3), part_of(0.7)};
  expect_near(shares(groups, ""), all);
  expect_near(shares(groups, "A"), all);
  expect_near(shares(groups, "J"), all);
}

TEST(Observers, LeaveTheRunThatTheyWatchItsEnergy) {
  const std::vector groups{job("J", 1.0), observer("A", 0.4, {kNotebook}, "J/1")};
  expect_near(shares(groups, ""), {part_of(1.0), 0, part_of(0.5)});
  expect_near(shares(groups, "J"), {part_of(1.0), 0, part_of(0.5)});
  expect_near(shares(groups, "A"), {part_of(0.6), part_of(0.4), part_of(0.5)});
}

TEST(Observers, OfOneProcessCountItOnce) {
  const std::vector groups{observer("B", 0.4, {kNotebook}, "", {2, 8}),
                           observer("A", 0.4, {kNotebook})};
  const double inner = part_of(0.4) * 0.6;
  expect_near(shares(groups, ""), {0, part_of(0.4), part_of(1.1)});
  expect_near(shares(groups, "A"), {0, part_of(0.4), part_of(1.1)});
  expect_near(shares(groups, "B"), {inner, part_of(0.4) - inner, part_of(1.1)});
}

TEST(Observers, OfADescendantAreInsideThoseOfItsAncestor) {
  const std::vector groups{observer("B", 0.3, {kWorker, kNotebook}, "J/1"),
                           observer("A", 0.5, {kNotebook}, "J/1"), job("J", 1.0)};
  expect_near(shares(groups, ""), {0, 0, part_of(1.0), part_of(0.5)});
  expect_near(shares(groups, "A"), {0, part_of(0.5), part_of(0.5), part_of(0.5)});
  expect_near(shares(groups, "B"), {part_of(0.3), 0, part_of(0.7), part_of(0.5)});
}

TEST(Observers, OfOneProcessFollowEachOther) {
  const std::vector groups{observer("A", 0.4, {kNotebook}, "", {0, 6}),
                           observer("B", 0.4, {kNotebook}, "", {4, 10})};
  expect_near(shares(groups, ""), {part_of(0.4) * 0.6, part_of(0.4) * 0.4, part_of(1.1)});
}

TEST(Observers, AreChargedForTheGpuThatTheirProcessesUse) {
  const auto gpu = energy::Component::kGpu;
  const std::vector groups{observer("A", 0, {kNotebook}), job("J", 0)};
  expect_near(shares(groups, "", gpu), {400, 0, 0});
  const std::vector part{observer("A", 0, {kNotebook}, "", {0, 5})};
  expect_near(shares(part, "", gpu), {200, 200});
  const std::vector nested{observer("A", 0, {kNotebook}),
                           observer("B", 0, {kNotebook}, "", {2, 8})};
  expect_near(shares(nested, "", gpu), {400, 0, 0});
  expect_near(shares(nested, "B", gpu), {160, 240, 0});
}

}  // namespace
}  // namespace wattle::ledger
