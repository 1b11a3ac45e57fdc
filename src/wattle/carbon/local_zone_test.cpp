#include "wattle/carbon/local_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/carbon/carbon_fixture.h"
#include "wattle/support/requirement.h"

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

/// The big-endian bytes of a TZif file of version 2 without transitions, with a rule.
std::string tzif(std::string_view rule) {
  const std::string header = std::string("TZif2") + std::string(15, '\0') + std::string(16, '\0') +
                             std::string("\0\0\0\1\0\0\0\4", 8);
  const std::string block = std::string(6, '\0') + std::string("LMT\0", 4);
  return header + block + header + block + "\n" + std::string(rule) + "\n";
}

double hours_at(const LocalZone& zone, std::string_view time) {
  return zone.offset_at(at(time)).value() / 3600;
}

TEST(LocalZone, ReadsOffsets) {
  RealFileSystem files;
  EXPECT_DOUBLE_EQ(hours_at(*LocalZone::load(files, "+05:30"), "2026-01-01"), 5.5);
  EXPECT_EQ(LocalZone::load(files, "-08:00")->hour_at(at("2026-01-01T07:30Z")), 23);
  EXPECT_EQ(LocalZone::utc().hour_at(at("1969-12-31T23:30Z")), 23);
  const auto unknown = LocalZone::load(files, "Europe/Berlim");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(LocalZone::load(files, "../../../etc/passwd").ok());
  EXPECT_FALSE(LocalZone::load(files, "+99:00").ok());
}

TEST(LocalZone, FollowsTheRuleOfAFileWithoutTransitions) {
  const auto berlin = LocalZone::from_tzif("Berlin", tzif("CET-1CEST,M3.5.0,M10.5.0/3"));
  ASSERT_TRUE(berlin.ok()) << berlin.error().message();
  EXPECT_DOUBLE_EQ(hours_at(*berlin, "2026-03-29T00:59:59Z"), 1);
  EXPECT_DOUBLE_EQ(hours_at(*berlin, "2026-03-29T01:00Z"), 2);
  EXPECT_DOUBLE_EQ(hours_at(*berlin, "2026-10-25T00:59:59Z"), 2);
  EXPECT_DOUBLE_EQ(hours_at(*berlin, "2026-10-25T01:00Z"), 1);
  const auto sydney = LocalZone::from_tzif("Sydney", tzif("AEST-10AEDT,M10.1.0,M4.1.0/3"));
  EXPECT_DOUBLE_EQ(hours_at(*sydney, "2026-01-01"), 11);
  EXPECT_DOUBLE_EQ(hours_at(*sydney, "2026-07-01"), 10);
  const auto kolkata = LocalZone::from_tzif("Kolkata", tzif("IST-5:30"));
  EXPECT_DOUBLE_EQ(hours_at(*kolkata, "2026-07-01"), 5.5);
  const auto godthab = LocalZone::from_tzif("Nuuk", tzif("<-02>2<-01>,M3.5.0/-1,M10.5.0/0"));
  EXPECT_DOUBLE_EQ(hours_at(*godthab, "2026-07-01"), -1);
}

TEST(LocalZone, RefusesDamagedFiles) {
  const std::string whole = tzif("CET-1CEST,M3.5.0,M10.5.0/3");
  for (std::size_t size = 0; size < whole.size() - 30; ++size) {
    EXPECT_FALSE(LocalZone::from_tzif("x", whole.substr(0, size)).ok()) << size;
  }
  for (const char* rule : {"CET", "C1", "CET-1CEST", "CET-1CEST,M13.1.0,M1.1.0",
                           "CET-1CEST,J60,J300", "CET-1CEST,M3.5.0,M10.5.0/3x", "<CET"}) {
    EXPECT_FALSE(LocalZone::from_tzif("x", tzif(rule)).ok()) << rule;
  }
}

TEST(LocalZone, ReadsTheZoneDatabase) {
  RealFileSystem files;
  WATTLE_SKIP_WITHOUT("tzdata", files.exists("/usr/share/zoneinfo/Europe/Berlin"));
  const auto berlin = LocalZone::load(files, "Europe/Berlin");
  ASSERT_TRUE(berlin.ok()) << berlin.error().message();
  EXPECT_DOUBLE_EQ(hours_at(*berlin, "2026-07-01"), 2);
  EXPECT_DOUBLE_EQ(hours_at(*berlin, "2100-01-01"), 1);
  EXPECT_DOUBLE_EQ(hours_at(*berlin, "2100-07-01"), 2);
  EXPECT_EQ(berlin->hour_at(at("2026-10-25T00:30Z")), 2);
  EXPECT_EQ(berlin->hour_at(at("2026-10-25T01:30Z")), 2);
  EXPECT_NEAR(LocalZone::load(files, "Asia/Kolkata")->offset_at(at("2026-01-01")).value(), 19800,
              0);
}

}  // namespace
}  // namespace wattle::carbon
