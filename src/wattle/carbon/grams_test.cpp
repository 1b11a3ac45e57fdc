#include "wattle/carbon/grams.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/base/rng.h"
#include "wattle/carbon/carbon_fixture.h"

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

/// Hours of 100, 200, 300 … g/kWh from midnight on.
IntensitySlice staircase(int hours) {
  IntensitySlice slice;
  slice.zone = "DE";
  slice.source = "file";
  const UtcTime midnight = at("2026-01-01T00:00Z");
  for (int hour = 0; hour < hours; ++hour) {
    const Interval interval{midnight + Seconds(hour * 3600.0),
                            midnight + Seconds((hour + 1) * 3600.0)};
    slice.points.push_back({interval, GramsPerKwh(100.0 * (hour + 1)), Vintage::kMeasured, 0.1});
  }
  slice.interval = {midnight, midnight + Seconds(hours * 3600.0)};
  return slice;
}

TEST(OperationalGrams, TakeEachIntervalAtItsOwnIntensity) {
  const std::vector<EnergyInterval> series{
      measured_energy(between("2026-01-01T00:00Z", "2026-01-01T01:00Z"), 3),
      measured_energy(between("2026-01-01T01:00Z", "2026-01-01T02:00Z"), 1)};
  const auto grams = operational_grams(series, staircase(2));
  ASSERT_TRUE(grams.ok());
  EXPECT_DOUBLE_EQ(grams->grams().value().value(), 500);  // not 4 kWh at the mean of 150 g: 600
  EXPECT_DOUBLE_EQ(grams->mean_intensity().value(), 125);
}

TEST(OperationalGrams, KeepTheErrorsOfEnergyAndIntensityApart) {
  const std::vector<EnergyInterval> series{
      measured_energy(between("2026-01-01T00:00Z", "2026-01-01T01:00Z"), 1),
      measured_energy(between("2026-01-01T01:00Z", "2026-01-01T02:00Z"), 1)};
  const auto grams = operational_grams(series, staircase(2));
  ASSERT_EQ(grams->grams().errors().size(), 2U);
  EXPECT_EQ(grams->grams().errors()[0].cause, "rapl");
  EXPECT_NEAR(grams->grams().errors()[0].sigma, 0.02 * 300, 1e-9);  // one cause: adds up
  EXPECT_EQ(grams->grams().errors()[1].cause, "intensity:DE:file");
  EXPECT_NEAR(grams->grams().errors()[1].sigma, 0.1 * 300, 1e-9);
  EXPECT_EQ(grams->grams().quality(), Quality::kPublished);
}

TEST(OperationalGrams, AreConservedWhenAnIntervalIsSplit) {
  Rng rng(11);
  const IntensitySlice slice = staircase(24);
  for (int trial = 0; trial < 200; ++trial) {
    const UtcTime begin = slice.interval.begin + Seconds(rng.uniform() * 40000);
    const UtcTime end = begin + Seconds(1 + rng.uniform() * 40000);
    const double kwh = rng.uniform() * 10;
    const std::vector<EnergyInterval> whole{measured_energy({begin, end}, kwh)};
    std::vector<EnergyInterval> parts;
    UtcTime cursor = begin;
    while (cursor < end) {
      const UtcTime next = std::min(end, cursor + Seconds(1 + rng.uniform() * 5000));
      parts.push_back(measured_energy({cursor, next}, kwh * ((next - cursor) / (end - begin))));
      cursor = next;
    }
    const auto expected = operational_grams(whole, slice);
    const auto actual = operational_grams(parts, slice);
    ASSERT_TRUE(expected.ok() && actual.ok());
    EXPECT_NEAR(actual->grams().value() / expected->grams().value(), 1, 1e-9) << "trial " << trial;
    EXPECT_NEAR(actual->grams().sigma() / expected->grams().sigma(), 1, 1e-9) << "trial " << trial;
  }
}

TEST(OperationalGrams, OfEnergyAtAnInstantTakeItsValue) {
  const std::vector<EnergyInterval> series{
      measured_energy(between("2026-01-01T01:00Z", "2026-01-01T01:00Z"), 1),
      measured_energy(between("2026-01-01T02:00Z", "2026-01-01T02:00Z"), 1)};
  EXPECT_DOUBLE_EQ(operational_grams(series, staircase(2))->grams().value().value(), 400);
}

TEST(OperationalGrams, RefuseEnergyThatTheIntensityDoesNotCover) {
  const std::vector<EnergyInterval> series{
      measured_energy(between("2026-01-01T01:00Z", "2026-01-01T03:00Z"), 1)};
  const auto grams = operational_grams(series, staircase(2));
  ASSERT_FALSE(grams.ok());
  EXPECT_EQ(grams.error().code(), ErrorCode::kNotFound);
}

TEST(OperationalGrams, NeitherAddNorCompareAcrossSignals) {
  const Estimate<Joules> energy(Joules(3.6e6), Quality::kCounter);
  OperationalGrams average(Signal::kAverage, energy, {GramsCo2e(25), Quality::kPublished});
  const OperationalGrams marginal(Signal::kMarginal, energy, {GramsCo2e(791), Quality::kPublished});
  const auto added = average.add(marginal);
  ASSERT_FALSE(added.ok());
  EXPECT_THAT(added.error().message(), HasSubstr("adding grams of average and of marginal"));
  EXPECT_DOUBLE_EQ(average.grams().value().value(), 25);
  EXPECT_FALSE(average.saved_against(marginal).ok());
  ASSERT_TRUE(average.add(average).ok());
  EXPECT_DOUBLE_EQ(average.grams().value().value(), 50);
}

}  // namespace
}  // namespace wattle::carbon
