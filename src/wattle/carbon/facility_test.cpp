#include "wattle/carbon/facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

const Estimate<Joules> kTenKwh(from_kilowatt_hours(10), Quality::kCounter, "rapl", 0.02);

TEST(Facility, MultipliesGramsByPueAndLeavesTheEnergyAlone) {
  const OperationalGrams grams(Signal::kAverage, kTenKwh, {GramsCo2e(1000), Quality::kPublished});
  const auto site = facility_grams(grams, configured_pue(1.35).value());
  EXPECT_DOUBLE_EQ(site.value().value(), 1350);
  EXPECT_DOUBLE_EQ(kilowatt_hours(grams.energy().value()), 10);
}

TEST(Facility, CountsWaterOnTheEnergyOfTheItAndNotTimesPue) {
  const ZoneAtlas atlas;
  const auto wue = wue_of(atlas, "aws:ap-southeast-3");  // 2.75 L/kWh; its PUE is 1.40
  ASSERT_TRUE(wue.has_value());
  const auto litres = water(kTenKwh, *wue);
  EXPECT_DOUBLE_EQ(litres.value().value(), 27.5);
  EXPECT_GT(litres.sigma(), 0.29 * 27.5);
}

TEST(Facility, SaysWhereItsPueComesFrom) {
  const ZoneAtlas atlas;
  const Pue published = pue_of(atlas, "aws:eu-central-1");
  EXPECT_DOUBLE_EQ(published.value, 1.35);
  EXPECT_EQ(published.origin, "published for the region, 2024");
  const Pue mean = pue_of(atlas, "aws:eu-west-3");
  EXPECT_GT(mean.value, 1.1);
  EXPECT_LT(mean.value, 1.4);
  EXPECT_THAT(mean.origin, HasSubstr("mean of the provider's"));
  EXPECT_GT(mean.relative_sigma, published.relative_sigma);
  const Pue none = pue_of(atlas, "DE");
  EXPECT_DOUBLE_EQ(none.value, 1);
  EXPECT_EQ(none.origin, "no data centre");
}

TEST(Facility, HasNoWaterWithoutAFigureForIt) {
  const ZoneAtlas atlas;
  EXPECT_FALSE(wue_of(atlas, "DE").has_value());
  EXPECT_FALSE(wue_of(atlas, "gcp:europe-west1").has_value());
}

TEST(Facility, RefusesWhatCannotBe) {
  EXPECT_THAT(configured_pue(0.9).error().message(), HasSubstr("a PUE of 0.9 cannot be"));
  EXPECT_FALSE(configured_pue(114).ok());
  EXPECT_FALSE(configured_wue(LitresPerKwh(-1)).ok());
  EXPECT_TRUE(configured_wue(LitresPerKwh(0)).ok());
}

}  // namespace
}  // namespace wattle::carbon
