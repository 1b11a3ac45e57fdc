#include "wattle/carbon/zone_atlas.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/carbon/embedded_data.h"
#include "wattle/carbon/intensity_file.h"

namespace wattle::carbon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ZoneAtlas, KnowsOneCountryByManyNames) {
  const ZoneAtlas atlas;
  for (const char* name : {"DE", "de", "DEU", " deu "}) {
    const auto zone = atlas.resolve(name);
    ASSERT_TRUE(zone.ok()) << zone.error().message();
    EXPECT_EQ(zone->zone, "DE");
  }
  EXPECT_EQ(atlas.resolve("UK")->zone, "GB");
  EXPECT_EQ(atlas.resolve("World")->zone, "world");
}

TEST(ZoneAtlas, LeadsFromACloudRegionOverItsGridToItsCountry) {
  const ZoneAtlas atlas;
  EXPECT_THAT(atlas.resolve("aws:us-west-1")->candidates,
              ElementsAre("aws:us-west-1", "US-CAL-CISO", "US"));
  EXPECT_THAT(atlas.resolve("AWS:EU-NORTH-1")->candidates, ElementsAre("aws:eu-north-1", "SE"));
  EXPECT_THAT(atlas.resolve("azure:uksouth")->candidates, ElementsAre("azure:uksouth", "GB"));
}

TEST(ZoneAtlas, TakesAGridZoneItLacksForAPartOfItsCountry) {
  const ZoneAtlas atlas;
  EXPECT_THAT(atlas.resolve("US-HI-OA")->candidates, ElementsAre("US-HI-OA", "US"));
  EXPECT_FALSE(atlas.resolve("QQ-HI-OA").ok());
}

TEST(ZoneAtlas, NamesTheNearestOfAnUnknownZone) {
  const ZoneAtlas atlas;
  const auto suggests = [&](const char* given) {
    const auto zone = atlas.resolve(given);
    EXPECT_FALSE(zone.ok()) << given;
    EXPECT_EQ(zone.error().code(), ErrorCode::kNotFound);
    return zone.error().message();
  };
  EXPECT_THAT(suggests("aws:eu-nort-1"), HasSubstr("did you mean 'aws:eu-north-1'"));
  EXPECT_THAT(suggests("eu-north-1"), HasSubstr("'aws:eu-north-1'"));
  EXPECT_THAT(suggests("Germany"), HasSubstr("'DE'"));
  EXPECT_THAT(suggests("germnay"), HasSubstr("'DE'"));
  EXPECT_THAT(suggests(""), HasSubstr("write a country"));
}

TEST(ZoneAtlas, HoldsTheFiguresOfThePublishedTables) {
  const ZoneAtlas atlas;
  EXPECT_DOUBLE_EQ(atlas.find("DE")->average->value.value(), 380.95);
  EXPECT_EQ(atlas.find("DE")->average->year, 2023);
  const ZoneFacts& stockholm = *atlas.find("aws:eu-north-1");
  EXPECT_DOUBLE_EQ(stockholm.average->value.value(), 24.71);
  EXPECT_DOUBLE_EQ(stockholm.marginal->value.value(), 791.26);
  EXPECT_DOUBLE_EQ(stockholm.pue->value, 1.10);
  EXPECT_DOUBLE_EQ(stockholm.wue->value.value(), 0.02);
  EXPECT_DOUBLE_EQ(atlas.find("gcp:europe-west9")->average->value.value(), 15.83);
  EXPECT_EQ(atlas.find("gcp:me-central1")->grid_zone, "QA");
  EXPECT_DOUBLE_EQ(atlas.find("world")->average->value.value(), 475);
}

TEST(ZoneAtlas, CoversTheWorldWithPlausibleFigures) {
  const ZoneAtlas atlas;
  const auto with_average = [](const ZoneFacts& facts) {
    return facts.kind == ZoneKind::kCountry && facts.average.has_value();
  };
  EXPECT_EQ(std::ranges::count_if(atlas.all(), with_average), 212);
  for (const auto& facts : atlas.all()) {
    if (facts.average) {
      EXPECT_GT(facts.average->value.value(), kLowestGramsPerKwh) << facts.zone;
      EXPECT_LT(facts.average->value.value(), kHighestGramsPerKwh) << facts.zone;
      EXPECT_FALSE(facts.average_source.empty()) << facts.zone;
    }
    if (facts.pue) {
      EXPECT_GE(facts.pue->value, 1) << facts.zone;
      EXPECT_LE(facts.pue->value, 2) << facts.zone;
    }
    EXPECT_TRUE(atlas.resolve(facts.zone).ok()) << facts.zone;
    EXPECT_NE(atlas.find(atlas.resolve(facts.zone)->candidates.back()), nullptr) << facts.zone;
  }
}

TEST(EmbeddedZones, AreWholeLines) {
  EXPECT_TRUE(embedded_zones().starts_with("zone,kind,alpha3,"));
  EXPECT_TRUE(embedded_zones().ends_with('\n'));
}

}  // namespace
}  // namespace wattle::carbon
