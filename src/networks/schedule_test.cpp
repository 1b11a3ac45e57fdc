#include "schedule.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wattle::networks {
namespace {

LearnOptions options(Schedule schedule) {
  LearnOptions options;
  options.epochs = 10;
  options.learning_rate = 1;
  options.warm_up_epochs = 0;
  options.schedule = schedule;
  options.step_epochs = 4;
  options.step_factor = 0.1;
  return options;
}

TEST(Schedule, FollowsItsFormula) {
  EXPECT_EQ(learning_rate_at(options(Schedule::kConstant), 0, 5), 1);
  EXPECT_EQ(learning_rate_at(options(Schedule::kConstant), 49, 5), 1);
  EXPECT_NEAR(learning_rate_at(options(Schedule::kStep), 19, 5), 1, 1e-12);    // epoch 4
  EXPECT_NEAR(learning_rate_at(options(Schedule::kStep), 20, 5), 0.1, 1e-12);  // epoch 5
  EXPECT_NEAR(learning_rate_at(options(Schedule::kStep), 40, 5), 0.01, 1e-12);
  EXPECT_NEAR(learning_rate_at(options(Schedule::kCosine), 0, 5), 1, 1e-12);
  EXPECT_NEAR(learning_rate_at(options(Schedule::kCosine), 25, 5), 0.5, 1e-12);
  EXPECT_LT(learning_rate_at(options(Schedule::kCosine), 49, 5), 0.002);
}

TEST(Schedule, WarmsUpInAStraightLine) {
  auto cosine = options(Schedule::kCosine);
  cosine.warm_up_epochs = 1;
  for (int step = 0; step < 5; ++step) {
    EXPECT_NEAR(learning_rate_at(cosine, step, 5), (step + 1) / 6.0, 1e-12);
  }
  EXPECT_NEAR(learning_rate_at(cosine, 5, 5), 1, 1e-12);
}

TEST(Schedule, TakesEveryRowOnceInEachEpochAndInAnotherOrder) {
  const std::int64_t steps = steps_per_epoch(103, 10);
  EXPECT_EQ(steps, 10);
  const auto first = epoch_order(103, 7, 0);
  std::multiset<std::uint32_t> seen;
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto batch = batch_of(first, step, steps);
    EXPECT_GE(batch.size(), 10U);
    EXPECT_LE(batch.size(), 11U);
    seen.insert(batch.begin(), batch.end());
  }
  EXPECT_EQ(seen.size(), 103U);
  EXPECT_EQ(std::set<std::uint32_t>(seen.begin(), seen.end()).size(), 103U);
  EXPECT_EQ(first, epoch_order(103, 7, 0));
  EXPECT_NE(first, epoch_order(103, 7, 1));
  EXPECT_NE(first, epoch_order(103, 8, 0));
}

TEST(Schedule, NeverLeavesASmallBatch) {
  for (std::size_t rows = 2; rows < 50; ++rows) {
    for (std::int64_t batch = 2; batch < 20; ++batch) {
      const std::int64_t steps = steps_per_epoch(rows, batch);
      const auto order = epoch_order(rows, 1, 0);
      for (std::int64_t step = 0; step < steps; ++step) {
        EXPECT_GE(batch_of(order, step, steps).size(),
                  std::min(rows, static_cast<std::size_t>(batch)));
      }
    }
  }
}

TEST(Schedule, SeedsEveryStepAnew) {
  std::set<std::uint64_t> seeds;
  for (std::int64_t step = 0; step < 1'000; ++step) {
    seeds.insert(step_seed(1, step));
  }
  EXPECT_EQ(seeds.size(), 1'000U);
}

}  // namespace
}  // namespace wattle::networks
