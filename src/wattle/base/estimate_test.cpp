#include "wattle/base/estimate.h"

#include <gtest/gtest.h>

namespace wattle {
namespace {

Estimate<Joules> with(std::string cause, double value = 100) {
  return {Joules(value), Quality::kCounter, std::move(cause), 0.1};
}

TEST(Estimate, ErrorsOfOneCauseAddLinearly) {
  EXPECT_DOUBLE_EQ((with("rapl") + with("rapl")).sigma(), 20);
}

TEST(Estimate, ErrorsOfDifferentCausesAddInQuadrature) {
  EXPECT_NEAR((with("rapl") + with("nvml")).sigma(), 14.142, 1e-3);
}

TEST(Estimate, ASumIsAsGoodAsItsWorstPart) {
  const Estimate<Joules> modelled(Joules(1), Quality::kModelled, "model", 0.3);
  EXPECT_EQ((with("rapl") + modelled).quality(), Quality::kModelled);
}

TEST(Estimate, ItsIntervalHoldsEightyPercentAndNeverGoesBelowZero) {
  const auto estimate = with("rapl");
  EXPECT_NEAR(estimate.high().value(), 112.8155, 1e-4);
  EXPECT_NEAR(estimate.low().value(), 87.1845, 1e-4);
  EXPECT_EQ(Estimate<Joules>(Joules(1), Quality::kModelled, "m", 5).low().value(), 0);
}

TEST(Estimate, AProductCarriesTheRelativeErrorsOfBoth) {
  const Estimate<GramsPerKwh> intensity(GramsPerKwh(400), Quality::kPublished, "grid", 0.2);
  const auto grams =
      multiply(Estimate<Joules>(from_kilowatt_hours(2), Quality::kCounter, "rapl", 0.1), intensity);
  EXPECT_DOUBLE_EQ(grams.value().value(), 800);
  EXPECT_NEAR(grams.sigma() / 800, 0.2236, 1e-4);
  EXPECT_EQ(grams.quality(), Quality::kPublished);
}

TEST(Quality, NamesComeBack) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(quality_from(to_string(static_cast<Quality>(i))), static_cast<Quality>(i));
  }
  EXPECT_FALSE(quality_from("measured"));
}

}  // namespace
}  // namespace wattle
