#include "wattle/carbon/tariff.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/carbon/carbon_fixture.h"

namespace wattle::carbon {
namespace {

Tariff::HourlyPrices night_and_day() {
  Tariff::HourlyPrices prices;
  for (std::size_t hour = 0; hour < prices.size(); ++hour) {
    prices[hour] = MoneyPerKwh(hour >= 6 && hour < 22 ? 0.40 : 0.20);
  }
  return prices;
}

TEST(Tariff, FlatTimesEnergy) {
  const auto tariff = Tariff::flat("EUR", MoneyPerKwh(0.30));
  ASSERT_TRUE(tariff.ok());
  const std::vector<EnergyInterval> series{
      measured_energy(between("2026-01-01T00:00Z", "2026-01-03T00:00Z"), 10)};
  const auto cost = tariff->cost(series);
  EXPECT_NEAR(cost->money.value().value(), 3.0, 1e-12);
  EXPECT_EQ(cost->currency, "EUR");
  EXPECT_NEAR(cost->money.sigma(), 0.02 * 3, 1e-12);
}

TEST(Tariff, ByHourOfTheLocalDay) {
  RealFileSystem files;
  const auto zone = LocalZone::load(files, "+05:30");
  const auto tariff = Tariff::by_hour("INR", night_and_day(), *zone);
  // 21:00 to 23:00 in India: an hour by day, an hour by night.
  const std::vector<EnergyInterval> series{
      measured_energy(between("2026-01-01T15:30Z", "2026-01-01T17:30Z"), 2)};
  EXPECT_NEAR(tariff->cost(series)->money.value().value(), 0.6, 1e-12);
  EXPECT_DOUBLE_EQ(tariff->price_at(at("2026-01-01T16:29:59Z")).value(), 0.40);
  EXPECT_DOUBLE_EQ(tariff->price_at(at("2026-01-01T16:30:00Z")).value(), 0.20);
}

TEST(Tariff, CostIsConservedWhenAnIntervalIsSplit) {
  const auto tariff = Tariff::by_hour("EUR", night_and_day(), LocalZone::utc());
  const std::vector<EnergyInterval> whole{
      measured_energy(between("2026-01-01T05:10Z", "2026-01-01T06:40Z"), 9)};
  const std::vector<EnergyInterval> parts{
      measured_energy(between("2026-01-01T05:10Z", "2026-01-01T05:57Z"), 4.7),
      measured_energy(between("2026-01-01T05:57Z", "2026-01-01T06:40Z"), 4.3)};
  EXPECT_NEAR(tariff->cost(whole)->money.value().value(), 5 * 0.2 + 4 * 0.4, 1e-9);
  EXPECT_NEAR(tariff->cost(parts)->money.value().value(), 5 * 0.2 + 4 * 0.4, 1e-9);
}

TEST(Tariff, RefusesWhatIsNoCurrencyOrPrice) {
  EXPECT_FALSE(Tariff::flat("euro", MoneyPerKwh(0.3)).ok());
  EXPECT_FALSE(Tariff::flat("EUR", MoneyPerKwh(std::numeric_limits<double>::infinity())).ok());
  EXPECT_TRUE(Tariff::flat("EUR", MoneyPerKwh(-0.05)).ok());
}

}  // namespace
}  // namespace wattle::carbon
