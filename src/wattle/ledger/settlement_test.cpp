#include "wattle/ledger/settlement.h"

#include <map>

#include <gtest/gtest.h>

#include "wattle/base/rng.h"

namespace wattle::ledger {
namespace {

constexpr std::int64_t kSecond = kNanosPerSecond;

energy::Domain cpu_domain() {
  return {.name = "package-0", .source = "test", .error_cause = "rapl", .idle_ratio = 0.25};
}

/// A host of two CPUs whose package uses `power` while `busy` CPU seconds are used.
NodeTrace steady_node(int seconds, Watts power, double busy, std::int64_t start = 100) {
  NodeTrace node{.host = "h", .boot_id = "b", .lives = {{}}};
  auto& life = node.lives[0];
  life.description = {.meter = "m1", .domains = {cpu_domain()}, .logical_cpus = 2};
  for (int i = 0; i <= seconds; ++i) {
    life.samples.push_back({.at = {(start + i) * kSecond},
                            .energy = {to_microjoules(power * Seconds(i))},
                            .stale = {false},
                            .utilisation = {busy / 2},
                            .cpu_busy_microseconds = static_cast<std::int64_t>(busy * i * 1e6)});
  }
  return node;
}

GroupTrace steady_group(std::string run, int seconds, double cpus, double reserved = 0,
                        std::int64_t start = 100) {
  GroupTrace group{.host = "h", .boot_id = "b"};
  group.description = {.run = std::move(run), .reserved_cpus = reserved};
  for (int i = 0; i <= seconds; ++i) {
    group.samples.push_back({.at = {(start + i) * kSecond},
                             .cpu_microseconds = static_cast<std::int64_t>(cpus * i * 1e6)});
  }
  return group;
}

using Totals = std::map<std::pair<Account, std::uint32_t>, std::int64_t>;

Totals totals(const NodeTrace& node, const std::vector<GroupTrace>& groups) {
  Totals sums;
  settle(node, groups, [&](const Posting& posting) {
    EXPECT_GT(posting.energy.value(), 0);
    sums[{posting.account, posting.owner}] += posting.energy.value();
  });
  return sums;
}

std::int64_t sum(const Totals& sums) {
  std::int64_t total = 0;
  for (const auto& [account, energy] : sums) {
    total += energy;
  }
  return total;
}

TEST(Settlement, SharesDynamicEnergyByCpuTime) {
  const auto sums = totals(steady_node(10, Watts(40), 1.5),
                           {steady_group("A", 10, 1.0), steady_group("B", 10, 0.5)});
  const double a = static_cast<double>(sums.at({Account::kDynamic, 0}));
  const double b = static_cast<double>(sums.at({Account::kDynamic, 1}));
  EXPECT_NEAR(a / b, 2.0, 1e-6);
  EXPECT_FALSE(sums.contains({Account::kOther, kNoOwner}));
  EXPECT_EQ(sum(sums), 400'000'000);
}

TEST(Settlement, SplitsIdleFromDynamicByThePowerCurve) {
  // u = 0.5, r = 0.25, a = 1: P(u) / P(1) = 0.625, of which 0.375 is dynamic.
  const auto sums = totals(steady_node(10, Watts(40), 1.0), {steady_group("A", 10, 1.0)});
  EXPECT_NEAR(static_cast<double>(sums.at({Account::kDynamic, 0})), 400e6 * 0.375 / 0.625, 10);
  EXPECT_NEAR(static_cast<double>(sums.at({Account::kIdle, kNoOwner})), 400e6 * 0.25 / 0.625, 10);
}

TEST(Settlement, WhatIsNotOursIsOther) {
  const auto sums = totals(steady_node(10, Watts(40), 1.0), {steady_group("A", 10, 0.25)});
  EXPECT_EQ(sums.at({Account::kOther, kNoOwner}), 3 * sums.at({Account::kDynamic, 0}));
}

TEST(Settlement, ReservedIdleGoesToWhoReserved) {
  const auto sums = totals(steady_node(10, Watts(40), 0.0), {steady_group("A", 10, 0, 1.0)});
  EXPECT_EQ(sums.at({Account::kReservedIdle, 0}), 200'000'000);
  EXPECT_EQ(sums.at({Account::kIdle, kNoOwner}), 200'000'000);
}

TEST(Settlement, MeterAndSupervisorArePlatform) {
  auto node = steady_node(10, Watts(40), 1.0);
  for (std::size_t i = 0; i < node.lives[0].samples.size(); ++i) {
    node.lives[0].samples[i].meter_cpu_microseconds = static_cast<std::int64_t>(i) * 10'000;
  }
  const auto sums = totals(node, {steady_group("A", 10, 0.99)});
  EXPECT_NEAR(static_cast<double>(sums.at({Account::kPlatform, kNoOwner})),
              static_cast<double>(sums.at({Account::kDynamic, 0})) / 99, 10);
}

TEST(Settlement, AStaleReadingIsSettledWithTheNextFreshOne) {
  auto node = steady_node(10, Watts(40), 1.0);
  auto& lost = node.lives[0].samples[4];
  lost.stale[0] = true;
  lost.energy[0] = node.lives[0].samples[3].energy[0];
  EXPECT_EQ(sum(totals(node, {steady_group("A", 10, 1.0)})), 400'000'000);
}

TEST(Settlement, ACounterThatFallsPostsNothingForThatInterval) {
  auto node = steady_node(10, Watts(40), 1.0);
  for (std::size_t i = 5; i < node.lives[0].samples.size(); ++i) {
    node.lives[0].samples[i].energy[0] -= Microjoules(1'000'000'000);
  }
  EXPECT_EQ(sum(totals(node, {})), 360'000'000);
}

TEST(Settlement, AGapBetweenTwoMetersIsEstimatedAndCalledUnmetered) {
  auto node = steady_node(5, Watts(40), 1.0);
  auto second = steady_node(5, Watts(60), 1.0, 115).lives[0];
  second.description.meter = "m2";
  node.lives.push_back(second);
  const auto sums = totals(node, {steady_group("A", 20, 1.0)});
  EXPECT_EQ(sums.at({Account::kUnmetered, kNoOwner}), 10 * 50'000'000);
  // Without anybody running, a meter that is away leaves nothing open.
  EXPECT_FALSE(totals(node, {}).contains({Account::kUnmetered, kNoOwner}));
}

TEST(Settlement, RunningOnAfterTheLastSampleIsUnmetered) {
  const auto sums = totals(steady_node(5, Watts(40), 1.0), {steady_group("A", 8, 1.0)});
  EXPECT_EQ(sums.at({Account::kUnmetered, kNoOwner}), 3 * 40'000'000);
}

TEST(Settlement, GpuEnergyFollowsTheProcessesThatUsedIt) {
  NodeTrace node = steady_node(2, Watts(10), 0.5);
  auto& life = node.lives[0];
  life.description.domains.push_back(
      {.name = "gpu-0", .component = energy::Component::kGpu, .idle_ratio = 0.1});
  for (std::size_t i = 0; i < life.samples.size(); ++i) {
    const auto seconds = static_cast<std::int64_t>(i);
    life.samples[i].energy.emplace_back(seconds * 300'000'000);
    life.samples[i].stale.push_back(false);
    life.samples[i].utilisation.push_back(1.0);
    life.samples[i].processes = {
        {.domain = 1, .pid = 1, .owner = "A/1", .busy_microseconds = seconds * 600'000},
        {.domain = 1, .pid = 2, .owner = "", .busy_microseconds = seconds * 200'000}};
  }
  std::map<Account, std::int64_t> gpu;
  settle(node, std::vector{steady_group("A", 2, 0.5)}, [&](const Posting& posting) {
    if (posting.domain->component == energy::Component::kGpu) {
      gpu[posting.account] += posting.energy.value();
    }
  });
  EXPECT_EQ(gpu[Account::kIdle], 60'000'000);
  EXPECT_EQ(gpu[Account::kDynamic], 405'000'000);
  EXPECT_EQ(gpu[Account::kOther], 135'000'000);
}

/// A trace with everything that goes wrong: stale readings, gaps, meter restarts, groups that come
/// and go.
struct RandomTrace {
  NodeTrace node{.host = "h", .boot_id = "b"};
  std::vector<GroupTrace> groups;
  std::int64_t metered =
      0;  // what the top-level counters gained, added up independently of settlement

  explicit RandomTrace(std::uint64_t seed) : rng_(seed) {
    const std::size_t lives = 1 + rng_.below(3);
    for (std::size_t i = 0; i < lives; ++i) {
      add_life("m" + std::to_string(i));
      now_ += static_cast<std::int64_t>(rng_.below(20 * kSecond));
    }
    for (std::size_t i = rng_.below(4); i > 0; --i) {
      groups.push_back(steady_group("R" + std::to_string(i), 1 + static_cast<int>(rng_.below(60)),
                                    rng_.uniform(), rng_.below(2) == 0 ? 0 : rng_.uniform() * 2,
                                    90 + static_cast<std::int64_t>(rng_.below(40))));
    }
  }

 private:
  void add_life(std::string name) {
    MeterLife life;
    life.description = {.meter = std::move(name), .logical_cpus = 2};
    const std::size_t domains = 1 + rng_.below(4);
    std::vector<std::int64_t> counters;
    std::vector<std::int64_t> fresh(domains, -1);
    for (std::size_t d = 0; d < domains; ++d) {
      auto domain = cpu_domain();
      domain.idle_ratio = rng_.uniform();
      domain.component = static_cast<energy::Component>(rng_.below(4));
      domain.part_of = d > 0 && rng_.below(4) == 0 ? std::optional(0U) : std::nullopt;
      life.description.domains.push_back(domain);
      counters.push_back(static_cast<std::int64_t>(rng_.below(1'000'000'000'000)));
    }
    for (std::size_t n = rng_.below(40); n > 0; --n) {
      now_ += 1 + static_cast<std::int64_t>(rng_.below(3 * kSecond));
      energy::NodeSample sample{.at = {now_}};
      busy_ += static_cast<std::int64_t>(rng_.below(2'000'000));
      sample.cpu_busy_microseconds = busy_;
      sample.meter_cpu_microseconds = busy_ / 1000;
      for (std::size_t d = 0; d < domains; ++d) {
        counters[d] += static_cast<std::int64_t>(rng_.below(200'000'000));
        const bool stale = rng_.below(10) == 0;
        sample.energy.emplace_back(stale && fresh[d] >= 0 ? fresh[d] : counters[d]);
        sample.stale.push_back(stale);
        sample.utilisation.push_back(rng_.below(5) == 0 ? std::nan("") : rng_.uniform());
        if (!stale) {
          const bool counts = fresh[d] >= 0 && !life.description.domains[d].part_of;
          metered += counts ? counters[d] - fresh[d] : 0;
          fresh[d] = counters[d];
        }
      }
      life.samples.push_back(sample);
    }
    node.lives.push_back(life);
  }

  Rng rng_;
  std::int64_t now_ = 100 * kSecond;
  std::int64_t busy_ = 0;
};

TEST(Settlement, ConservesToTheMicrojouleOverAThousandRandomTraces) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const RandomTrace trace(seed);
    std::int64_t posted = 0;
    for (const auto& [account, energy] : totals(trace.node, trace.groups)) {
      posted += account.first == Account::kUnmetered ? 0 : energy;
    }
    ASSERT_EQ(posted, trace.metered) << "seed " << seed;
  }
}

}  // namespace
}  // namespace wattle::ledger
