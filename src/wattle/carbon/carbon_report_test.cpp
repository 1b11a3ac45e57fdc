#include "wattle/carbon/carbon_report.h"

#include <gtest/gtest.h>

#include "wattle/carbon/carbon_fixture.h"
#include "wattle/carbon/yearly_averages.h"

namespace wattle::carbon {
namespace {

struct Setting {
  ZoneAtlas atlas;
  YearlyAverages source{atlas, Signal::kAverage};
  std::vector<EnergyInterval> series{
      measured_energy(between("2024-06-01T00:00Z", "2024-06-01T04:00Z"), 2)};
  CarbonAccount request{.series = series,
                        .place = {"aws:eu-central-1", ZoneOrigin::kConfigured, "configured"}};
};

TEST(CarbonReport, ShowsEachFigureByItself) {
  Setting setting;
  setting.request.embodied = {{gpu_embodied(), Seconds(4 * 3600), 1}};
  const Tariff tariff = Tariff::flat("EUR", MoneyPerKwh(0.25)).value();
  setting.request.tariff = &tariff;
  const auto report = account(setting.request, setting.source, setting.atlas);
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_DOUBLE_EQ(kilowatt_hours(report->energy.value()), 2);
  EXPECT_NEAR(report->operational.value().value(), 2 * 370.93, 1e-9);
  EXPECT_NEAR(report->mean_intensity.value(), 370.93, 1e-9);
  EXPECT_NEAR(report->facility.value().value(), 2 * 370.93 * 1.35, 1e-9);
  EXPECT_NEAR(report->water->value().value(), 2 * 0.01, 1e-12);
  EXPECT_NEAR(report->cost->money.value().value(), 0.5, 1e-12);
  EXPECT_NEAR(report->sci->typical.value(),
              report->operational.value().value() + report->embodied->typical.value(), 1e-9);
  EXPECT_EQ(report->vintage, Vintage::kYearly);
  EXPECT_EQ(report->year, 2024);
  EXPECT_LT(report->operational.low(), report->operational.value());
}

TEST(CarbonReport, LeavesOutWhatNobodyKnows) {
  Setting setting;
  setting.request.place = {"DE", ZoneOrigin::kTimeZoneGuess, "guessed"};
  const auto report = account(setting.request, setting.source, setting.atlas);
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->cost.has_value());
  EXPECT_FALSE(report->water.has_value());
  EXPECT_FALSE(report->embodied.has_value());
  EXPECT_FALSE(report->sci.has_value());
  EXPECT_EQ(report->pue.origin, "no data centre");
  EXPECT_DOUBLE_EQ(report->facility.value().value(), report->operational.value().value());
}

TEST(CarbonReport, RefusesAnEmptySeries) {
  Setting setting;
  setting.request.series = {};
  EXPECT_FALSE(account(setting.request, setting.source, setting.atlas).ok());
}

}  // namespace
}  // namespace wattle::carbon
