#include "wattle/job/admission.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "wattle/base/rng.h"

namespace wattle::job {
namespace {

constexpr std::int64_t kGigabyte = 1'000'000'000;

Capacity host(double cpus) {
  return {.cpus = cpus, .memory_bytes = 64 * kGigabyte, .gpus = {0, 1, 2, 3}};
}

WaitingJob waiting(std::string run, double cpus) {
  return {.run = std::move(run), .needs = {.cpus = cpus}};
}

std::vector<std::string> runs(const std::vector<Admission>& admitted) {
  std::vector<std::string> names;
  std::ranges::transform(admitted, std::back_inserter(names), &Admission::run);
  return names;
}

using Names = std::vector<std::string>;

TEST(Admission, TheOldestGoesFirst) {
  const std::vector jobs{waiting("old", 2), waiting("new", 2)};
  EXPECT_EQ(runs(admit(host(2), {}, jobs)), Names{"old"});
}

TEST(Admission, PriorityGoesBeforeAge) {
  std::vector jobs{waiting("old", 2), waiting("urgent", 2), waiting("urgent too", 2)};
  jobs[1].priority = jobs[2].priority = 5;
  EXPECT_EQ(runs(admit(host(4), {}, jobs)), (Names{"urgent", "urgent too"}));
}

TEST(Admission, ALargeJobIsNotStarvedBySmallOnes) {
  const std::vector<RunningJob> running{{.needs = {.cpus = 1}}};
  const std::vector jobs{waiting("large", 4), waiting("small", 1)};
  EXPECT_TRUE(admit(host(4), running, jobs).empty());
}

TEST(Admission, AJobThatEndsInTimeGoesAhead) {
  const std::vector<RunningJob> running{{.needs = {.cpus = 1}, .at_most = Seconds(100)}};
  std::vector jobs{waiting("large", 4), waiting("short", 1), waiting("long", 1)};
  jobs[1].at_most = Seconds(99);
  jobs[2].at_most = Seconds(101);
  EXPECT_EQ(runs(admit(host(4), running, jobs)), Names{"short"});
}

TEST(Admission, MemoryIsCountedWhereItIsKnown) {
  std::vector jobs{waiting("a", 1), waiting("b", 1)};
  jobs[0].needs.memory_bytes = jobs[1].needs.memory_bytes = 40 * kGigabyte;
  EXPECT_EQ(runs(admit(host(8), {}, jobs)), Names{"a"});
  auto unknown = host(8);
  unknown.memory_bytes = 0;
  EXPECT_EQ(runs(admit(unknown, {}, jobs)), (Names{"a", "b"}));
}

TEST(Admission, AFrozenJobKeepsItsMemoryAndGpusButNotItsCores) {
  const std::vector<RunningJob> running{
      {.needs = {.cpus = 8, .memory_bytes = 40 * kGigabyte, .gpus = 3},
       .gpus = {0, 1, 2},
       .is_frozen = true}};
  std::vector jobs{waiting("cores", 8)};
  jobs[0].needs.gpus = 1;
  const auto admitted = admit(host(8), running, jobs);
  ASSERT_EQ(admitted.size(), 1U);
  EXPECT_EQ(admitted[0].gpus, std::vector<int>{3});
  jobs[0].needs.memory_bytes = 30 * kGigabyte;
  EXPECT_TRUE(admit(host(8), running, jobs).empty());
}

TEST(Admission, WhatCanNeverStartHoldsNoPlaceAndIsToldTheRemedy) {
  std::vector jobs{waiting("huge", 99), waiting("small", 1)};
  EXPECT_EQ(runs(admit(host(4), {}, jobs)), Names{"small"});
  EXPECT_EQ(impossible_needs(host(4), {.cpus = 99}),
            "it asks for 99 CPUs, and this host grants 4; lower resources.cpus");
  EXPECT_EQ(impossible_needs(host(4), {.memory_bytes = 65 * kGigabyte}),
            "it asks for 65000 MB of memory, and this host has 64000 MB; lower resources.memory");
  EXPECT_EQ(impossible_needs(host(4), {.gpus = 5}),
            "it asks for 5 GPUs, and this host has 4; lower resources.gpus");
  EXPECT_EQ(impossible_needs(host(4), {.cpus = 4, .memory_bytes = 64 * kGigabyte, .gpus = 4}), "");
}

TEST(Admission, FractionsThatAddUpToTheHostFit) {
  std::vector<WaitingJob> jobs;
  for (int i = 0; i < 10; ++i) {
    jobs.push_back(waiting(std::to_string(i), 0.1));
  }
  EXPECT_EQ(admit({.cpus = 1}, {}, jobs).size(), 10U) << "0.1 ten times is less than 1 in doubles";
}

/// A host, what runs on it within its capacity, and what waits.
struct Situation {
  Capacity capacity;
  std::vector<RunningJob> running;
  std::vector<WaitingJob> waiting;
};

std::optional<Seconds> some_limit(Rng& rng) {
  return rng.below(3) == 0 ? std::nullopt
                           : std::optional(Seconds(1 + static_cast<double>(rng.below(50))));
}

Needs some_needs(Rng& rng) {
  return {.cpus = static_cast<double>(1 + rng.below(16)) / 2,
          .memory_bytes = static_cast<std::int64_t>(rng.below(5)) * kGigabyte,
          .gpus = static_cast<std::int64_t>(rng.below(4) == 0 ? 1 + rng.below(3) : 0)};
}

Situation some_situation(Rng& rng) {
  Situation now{.capacity = {.cpus = static_cast<double>(1 + rng.below(8)),
                             .memory_bytes = static_cast<std::int64_t>(rng.below(8)) * kGigabyte,
                             .gpus = {}}};
  for (int gpu = static_cast<int>(rng.below(4)); gpu-- > 0;) {
    now.capacity.gpus.push_back(gpu * 2);
  }
  std::vector<WaitingJob> first;
  for (auto count = rng.below(6); count-- > 0;) {
    first.push_back({.run = std::to_string(count), .needs = some_needs(rng)});
  }
  for (const auto& admission : admit(now.capacity, {}, first)) {
    const auto job = std::ranges::find(first, admission.run, &WaitingJob::run);
    now.running.push_back({.needs = job->needs,
                           .gpus = admission.gpus,
                           .is_frozen = rng.below(5) == 0,
                           .at_most = some_limit(rng)});
  }
  for (std::uint64_t i = 0, count = rng.below(12); i < count; ++i) {
    now.waiting.push_back({.run = std::to_string(100 + i),
                           .needs = some_needs(rng),
                           .priority = static_cast<std::int64_t>(rng.below(3)),
                           .at_most = some_limit(rng)});
  }
  return now;
}

const WaitingJob& job_of(const Situation& now, const std::string& run) {
  return *std::ranges::find(now.waiting, run, &WaitingJob::run);
}

/// All that runs once `admitted` have started.
std::vector<RunningJob> after(const Situation& now, const std::vector<Admission>& admitted) {
  auto running = now.running;
  for (const auto& admission : admitted) {
    const auto& job = job_of(now, admission.run);
    running.push_back({.needs = job.needs, .gpus = admission.gpus, .at_most = job.at_most});
  }
  return running;
}

/// When the needs fit, if every job takes as long as it may and nobody else starts; by trying out
/// every end. nullopt: nothing says when.
std::optional<double> fits_at(const Capacity& capacity, std::vector<RunningJob> running,
                              const Needs& needs) {
  std::ranges::sort(running, {},
                    [](const auto& job) { return job.at_most ? job.at_most->value() : 1e300; });
  double at = 0;
  for (;;) {
    double cpus = needs.cpus;
    auto memory = needs.memory_bytes;
    auto gpus = needs.gpus;
    for (const auto& job : running) {
      cpus += job.is_frozen ? 0 : job.needs.cpus;
      memory += job.needs.memory_bytes;
      gpus += static_cast<std::int64_t>(job.gpus.size());
    }
    const bool fits = cpus <= capacity.cpus + 1e-6 &&
                      (capacity.memory_bytes == 0 || memory <= capacity.memory_bytes) &&
                      gpus <= static_cast<std::int64_t>(capacity.gpus.size());
    if (fits) {
      return at;
    }
    if (running.empty() || !running.front().at_most) {
      return std::nullopt;
    }
    at = running.front().at_most->value();
    running.erase(running.begin());
  }
}

class AdmissionProperty : public ::testing::Test {
 protected:
  static constexpr int kSituations = 5000;
  Rng rng_{20261125};
};

TEST_F(AdmissionProperty, NeverGivesMoreThanTheHostHas) {
  for (int round = 0; round < kSituations; ++round) {
    const auto now = some_situation(rng_);
    const auto busy = after(now, admit(now.capacity, now.running, now.waiting));
    double cpus = 0;
    std::int64_t memory = 0;
    std::multiset<int> gpus;
    for (const auto& job : busy) {
      cpus += job.is_frozen ? 0 : job.needs.cpus;
      memory += job.needs.memory_bytes;
      gpus.insert(job.gpus.begin(), job.gpus.end());
    }
    ASSERT_LE(cpus, now.capacity.cpus + 1e-6) << "round " << round;
    ASSERT_TRUE(now.capacity.memory_bytes == 0 || memory <= now.capacity.memory_bytes)
        << "round " << round;
    for (const int gpu : gpus) {
      ASSERT_EQ(gpus.count(gpu), 1U) << "GPU " << gpu << " has two jobs; round " << round;
      ASSERT_EQ(std::ranges::count(now.capacity.gpus, gpu), 1) << "round " << round;
    }
  }
}

TEST_F(AdmissionProperty, GivesEachJobAsManyGpusAsItAsksFor) {
  for (int round = 0; round < kSituations; ++round) {
    const auto now = some_situation(rng_);
    for (const auto& admission : admit(now.capacity, now.running, now.waiting)) {
      ASSERT_EQ(static_cast<std::int64_t>(admission.gpus.size()),
                job_of(now, admission.run).needs.gpus)
          << "round " << round;
    }
  }
}

TEST_F(AdmissionProperty, WhoGoesAheadNeverDelaysTheFirstThatWaits) {
  int delayed_by_nobody = 0;
  for (int round = 0; round < kSituations; ++round) {
    const auto now = some_situation(rng_);
    const auto admitted = admit(now.capacity, now.running, now.waiting);
    auto queue = now.waiting;
    std::ranges::stable_sort(queue, std::ranges::greater(), &WaitingJob::priority);
    std::erase_if(
        queue, [&](const auto& job) { return !impossible_needs(now.capacity, job.needs).empty(); });
    const auto blocked = std::ranges::find_if(queue, [&](const auto& job) {
      return std::ranges::find(admitted, job.run, &Admission::run) == admitted.end();
    });
    if (blocked == queue.end()) {
      continue;
    }
    std::vector<Admission> before;
    std::ranges::copy_if(admitted, std::back_inserter(before), [&](const Admission& admission) {
      return std::ranges::find(queue, admission.run, &WaitingJob::run) < blocked;
    });
    const auto alone = fits_at(now.capacity, after(now, before), blocked->needs);
    const auto with_all = fits_at(now.capacity, after(now, admitted), blocked->needs);
    ASSERT_EQ(alone, with_all) << "round " << round;
    ASSERT_TRUE(alone || before.size() == admitted.size()) << "round " << round;
    delayed_by_nobody += before.size() < admitted.size() ? 1 : 0;
  }
  EXPECT_GT(delayed_by_nobody, 20) << "hardly anybody went ahead, so nothing was tested";
}

TEST_F(AdmissionProperty, TheFirstThatWaitsDoesNotFit) {
  for (int round = 0; round < kSituations; ++round) {
    const auto now = some_situation(rng_);
    const auto admitted = admit(now.capacity, now.running, now.waiting);
    auto queue = now.waiting;
    std::ranges::stable_sort(queue, std::ranges::greater(), &WaitingJob::priority);
    for (const auto& job : queue) {
      const bool is_in = std::ranges::find(admitted, job.run, &Admission::run) != admitted.end();
      if (!is_in && impossible_needs(now.capacity, job.needs).empty()) {
        ASSERT_NE(fits_at(now.capacity, after(now, admitted), job.needs), std::optional(0.0))
            << "the first one waits although there is room; round " << round;
        break;
      }
    }
  }
}

}  // namespace
}  // namespace wattle::job
