#include "wattle/carbon/zone_choice.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

/// A host with a small zone database below a temporary root.
struct Host {
  Host() {
    folder.write("usr/share/zoneinfo/zone.tab",
                 "# comment\nDE\t+5230+01322\tEurope/Berlin\tmost of Germany\n"
                 "VA\t+415408+0122711\tEurope/Vatican\nUS\t+340308-1181434\tAmerica/Los_Angeles\n");
    folder.write("usr/share/zoneinfo/zone1970.tab", "FI,AX\t+6010+02458\tEurope/Helsinki\n");
    folder.write("usr/share/zoneinfo/tzdata.zi", "# version\nL America/Los_Angeles US/Pacific\n");
    place.root = folder.path();
  }

  ZoneChoice choose() { return choose_zone(files, place, configured, atlas).value(); }

  support::TemporaryFolder folder;
  RealFileSystem files;
  ZoneAtlas atlas;
  HostPlace place;
  std::optional<std::string> configured;
};

TEST(ZoneChoice, TakesTheConfiguredZoneAndRefusesAnUnknownOne) {
  Host host;
  host.folder.write("etc/timezone", "Europe/Berlin\n");
  host.configured = "aws:eu-north-1";
  EXPECT_EQ(host.choose().zone, "aws:eu-north-1");
  EXPECT_EQ(host.choose().origin, ZoneOrigin::kConfigured);
  const auto unknown = choose_zone(host.files, host.place, "aws:eu-nord-1", host.atlas);
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message(), HasSubstr("did you mean 'aws:eu-north-1'"));
}

TEST(ZoneChoice, GuessesTheCountryAndSaysSo) {
  Host host;
  host.folder.write("etc/timezone", "Europe/Berlin\n");
  const ZoneChoice choice = host.choose();
  EXPECT_EQ(choice.zone, "DE");
  EXPECT_EQ(choice.origin, ZoneOrigin::kTimeZoneGuess);
  EXPECT_EQ(choice.explanation, "guessed from the time zone Europe/Berlin (/etc/timezone)");
  EXPECT_EQ(to_string(choice.origin), "time zone guess");
}

TEST(ZoneChoice, PrefersTzAndFollowsTheLinkOfLocaltime) {
  Host host;
  std::filesystem::create_directories(host.folder / "etc");
  std::filesystem::create_symlink("../usr/share/zoneinfo/Europe/Helsinki",
                                  host.folder / "etc/localtime");
  EXPECT_EQ(host.choose().zone, "FI");
  EXPECT_THAT(host.choose().explanation, HasSubstr("/etc/localtime"));
  host.place.tz = ":US/Pacific";
  EXPECT_EQ(host.choose().zone, "US");
  EXPECT_EQ(host.choose().explanation, "guessed from the time zone US/Pacific (TZ)");
}

TEST(ZoneChoice, OfNoPlaceIsTheWorld) {
  Host host;
  const auto expect_world = [&](std::string_view why) {
    const ZoneChoice choice = host.choose();
    EXPECT_EQ(choice.zone, "world");
    EXPECT_EQ(choice.origin, ZoneOrigin::kDefault);
    EXPECT_THAT(choice.explanation, HasSubstr("unknown place; world average"));
    EXPECT_THAT(choice.explanation, HasSubstr(std::string(why)));
  };
  expect_world("names no time zone");
  host.folder.write("etc/timezone", "Etc/UTC\n");
  expect_world("Etc/UTC");
  host.place.tz = "";
  expect_world("UTC of TZ");
  host.place.tz = "CET-1CEST,M3.5.0,M10.5.0/3";
  expect_world("in no country");
  host.place.tz = "Europe/Vatican";
  expect_world("no published average");
}

TEST(ZoneChoice, OfAHostWithoutZoneDatabaseIsTheWorld) {
  Host host;
  std::filesystem::remove_all(host.folder / "usr");
  host.place.tz = "Europe/Berlin";
  EXPECT_EQ(host.choose().zone, "world");
}

}  // namespace
}  // namespace wattle::carbon
