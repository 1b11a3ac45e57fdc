#include "wattle/carbon/yearly_averages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/carbon/carbon_fixture.h"

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

const Interval kFourHours = between("2023-06-01T08:00Z", "2023-06-01T12:00Z");

TEST(YearlyAverages, GiveOnePointWithItsProvenance) {
  const ZoneAtlas atlas;
  YearlyAverages averages(atlas, Signal::kAverage);
  const auto slice = averages.intensity("DEU", kFourHours);
  ASSERT_TRUE(slice.ok()) << slice.error().message();
  ASSERT_EQ(slice->points.size(), 1U);
  EXPECT_DOUBLE_EQ(slice->points[0].value.value(), 380.95);
  EXPECT_EQ(slice->points[0].vintage, Vintage::kYearly);
  EXPECT_EQ(slice->points[0].interval, kFourHours);
  EXPECT_EQ(slice->year, 2023);
  EXPECT_EQ(slice->zone, "DE");
  EXPECT_EQ(slice->source, "Our World in Data / Ember");
  EXPECT_EQ(slice->quality, Quality::kPublished);
  EXPECT_TRUE(slice->notes.empty());
}

TEST(YearlyAverages, AreLessCertainForShorterTimesAndOtherYears) {
  EXPECT_NEAR(sigma_within_year(Seconds(4 * 3600)), 0.257, 1e-9);
  EXPECT_GT(sigma_within_year(Seconds(60)), sigma_within_year(Seconds(86400)));
  EXPECT_EQ(sigma_within_year(Seconds(366 * 86400.0)), 0);
  EXPECT_GT(sigma_between_years(2), sigma_between_years(-1));
  EXPECT_EQ(sigma_between_years(0), 0);
  const ZoneAtlas atlas;
  YearlyAverages averages(atlas, Signal::kAverage);
  const double same_year = averages.intensity("DE", kFourHours)->points[0].relative_sigma;
  const double later = averages.intensity("DE", between("2026-06-01T08:00Z", "2026-06-01T12:00Z"))
                           ->points[0]
                           .relative_sigma;
  EXPECT_NEAR(same_year, 0.257, 1e-9);
  EXPECT_GT(later, same_year);
}

TEST(YearlyAverages, OfTheCountryStandForAPartOfItWithANoteAndMoreError) {
  const ZoneAtlas atlas;
  YearlyAverages averages(atlas, Signal::kAverage);
  const auto slice = averages.intensity("US-NW-NEVP", kFourHours);
  ASSERT_TRUE(slice.ok());
  EXPECT_EQ(slice->zone, "US");
  ASSERT_EQ(slice->notes.size(), 1U);
  EXPECT_THAT(slice->notes[0], HasSubstr("that of US (United States) is used"));
  EXPECT_GT(slice->points[0].relative_sigma,
            averages.intensity("US", kFourHours)->points[0].relative_sigma + 0.05);
  EXPECT_DOUBLE_EQ(averages.intensity("US-CAL-CISO", kFourHours)->points[0].value.value(), 261.28);
}

TEST(YearlyAverages, OfTheWorldAreHalfAKnowledge) {
  const ZoneAtlas atlas;
  YearlyAverages averages(atlas, Signal::kAverage);
  EXPECT_GT(averages.intensity("world", kFourHours)->points[0].relative_sigma, 0.5);
}

TEST(YearlyAverages, OfTheMarginalSignalNeverFallBackToTheAverage) {
  const ZoneAtlas atlas;
  YearlyAverages marginal(atlas, Signal::kMarginal);
  const auto slice = marginal.intensity("aws:eu-north-1", kFourHours);
  ASSERT_TRUE(slice.ok());
  EXPECT_DOUBLE_EQ(slice->points[0].value.value(), 791.26);
  EXPECT_EQ(slice->signal, Signal::kMarginal);
  const auto country = marginal.intensity("SE", kFourHours);
  ASSERT_FALSE(country.ok());
  EXPECT_EQ(country.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(country.error().message(), HasSubstr("marginal"));
}

TEST(YearlyAverages, SayWhenACountryHasNone) {
  const ZoneAtlas atlas;
  YearlyAverages averages(atlas, Signal::kAverage);
  EXPECT_EQ(averages.intensity("VA", kFourHours).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace wattle::carbon
