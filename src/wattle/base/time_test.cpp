#include "wattle/base/time.h"

#include <gtest/gtest.h>

#include "wattle/base/rng.h"

namespace wattle {
namespace {

std::int64_t nanos(std::string_view text) {
  return parse_rfc3339(text).value().ns;
}

TEST(Rfc3339, ReadsTheFormsInUse) {
  constexpr std::int64_t kNoon =
      1'764'590'400 * kNanosPerSecond;  // 2025-12-01T12:00:00Z, by date -u
  EXPECT_EQ(nanos("2025-12-01T12:00:00Z"), kNoon);
  EXPECT_EQ(nanos("2025-12-01 12:00:00"), kNoon);
  EXPECT_EQ(nanos("2025-12-01T12:00Z"), kNoon);
  EXPECT_EQ(nanos("2025-12-01T13:30:00+01:30"), kNoon);
  EXPECT_EQ(nanos("2025-12-01T07:00:00-0500"), kNoon);
  EXPECT_EQ(nanos("2025-12-01T12:00:00.25Z"), kNoon + 250'000'000);
  EXPECT_EQ(nanos("2025-12-01"), kNoon - 12 * 3600 * kNanosPerSecond);
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "now", "2025", "2025-13-01", "2025-02-29", "2025-12-01T25:00", "2025-12-01T12",
        "2025-12-01T12:00:00+25:00", "2025-12-01T12:00:00.Z", "2025-12-01x", "20251-2-01"}) {
    EXPECT_EQ(parse_rfc3339(text).error().code(), ErrorCode::kParse) << text;
  }
}

TEST(Rfc3339, WritesWhatItReads) {
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t milliseconds =
        static_cast<std::int64_t>(rng.below(8'000'000'000'000)) - 2'000'000'000'000;
    const UtcTime time{milliseconds * 1'000'000};
    EXPECT_EQ(nanos(to_rfc3339(time)), time.ns) << to_rfc3339(time);
  }
}

TEST(Duration, IsWrittenForPeople) {
  EXPECT_EQ(format_duration(Seconds(0.0954)), "95 ms");
  EXPECT_EQ(format_duration(Seconds(3.207)), "3.21 s");
  EXPECT_EQ(format_duration(Seconds(95.04)), "95.0 s");
  EXPECT_EQ(format_duration(Seconds(250)), "4 min 10 s");
  EXPECT_EQ(format_duration(Seconds(7500)), "2 h 05 min");
}

TEST(SimulatedClock, AStepMovesOnlyUtc) {
  SimulatedClock clock;
  const auto utc = clock.utc_now();
  const auto boot = clock.boot_now();
  clock.advance(Seconds(2));
  clock.step_utc(Seconds(-5));
  EXPECT_DOUBLE_EQ((clock.utc_now() - utc).value(), -3);
  EXPECT_DOUBLE_EQ((clock.boot_now() - boot).value(), 2);
}

TEST(SystemClock, NeverGoesBackAndKnowsItsBoot) {
  const SystemClock clock;
  const auto first = clock.boot_now();
  EXPECT_GE(clock.boot_now(), first);
  EXPECT_EQ(clock.boot_id().size(), 36U);
}

}  // namespace
}  // namespace wattle
