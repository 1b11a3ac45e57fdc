#include "wattle/ledger/split.h"

#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "wattle/base/rng.h"

namespace wattle::ledger {
namespace {

std::int64_t sum(const std::vector<Microjoules>& parts) {
  return std::accumulate(parts.begin(), parts.end(), Microjoules(0)).value();
}

TEST(Split, GivesTheRemainderToTheLargestFraction) {
  const auto parts = split_exactly(Microjoules(10), std::vector{1.0, 1.0, 1.0});
  EXPECT_EQ(parts, (std::vector{Microjoules(4), Microjoules(3), Microjoules(3)}));
  EXPECT_EQ(split_exactly(Microjoules(7), std::vector{1.0, 2.9, 3.1})[0], Microjoules(1));
}

TEST(Split, WithoutWeightsTheLastPartTakesAll) {
  EXPECT_EQ(split_exactly(Microjoules(5), std::vector{0.0, 0.0}),
            (std::vector{Microjoules(0), Microjoules(5)}));
  EXPECT_EQ(split_exactly(Microjoules(5), std::vector{-1.0, std::nan("")})[1], Microjoules(5));
}

TEST(Split, AddsUpForAnyWeights) {
  Rng rng(7);
  for (int i = 0; i < 20000; ++i) {
    std::vector<double> weights(1 + rng.below(8));
    for (auto& weight : weights) {
      weight = std::exp(rng.normal() * 20);
    }
    const auto total = static_cast<std::int64_t>(rng() >> (1 + rng.below(62)));
    const auto parts = split_exactly(Microjoules(total), weights);
    ASSERT_EQ(sum(parts), total);
    for (const auto part : parts) {
      ASSERT_GE(part.value(), 0);
    }
  }
}

TEST(Split, HoldsAtTheEndOfTheRange) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(sum(split_exactly(Microjoules(most), std::vector{0.1, 0.2, 0.7})), most);
}

}  // namespace
}  // namespace wattle::ledger
