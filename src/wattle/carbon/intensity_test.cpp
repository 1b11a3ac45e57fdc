#include "wattle/carbon/intensity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/carbon/carbon_fixture.h"

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

IntensitySlice flat(const Interval& interval, GramsPerKwh value, Signal signal) {
  IntensitySlice slice;
  slice.interval = interval;
  slice.points = {{interval, value, Vintage::kMeasured, 0.02}};
  slice.signal = signal;
  slice.zone = "SE";
  slice.source = "test";
  return slice;
}

const Interval kMorning = between("2026-01-01T06:00Z", "2026-01-01T12:00Z");
const Interval kAfternoon = between("2026-01-01T12:00Z", "2026-01-01T18:00Z");

TEST(IntensitySlice, IsNeverComparedAcrossSignals) {
  const auto refused = difference(flat(kMorning, GramsPerKwh(25), Signal::kAverage),
                                  flat(kMorning, GramsPerKwh(791), Signal::kMarginal));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), HasSubstr("average"));
  EXPECT_THAT(refused.error().message(), HasSubstr("never mixed"));
}

TEST(IntensitySlice, IsNeverJoinedAcrossSignals) {
  auto head = flat(kMorning, GramsPerKwh(25), Signal::kAverage);
  EXPECT_FALSE(append(head, flat(kAfternoon, GramsPerKwh(791), Signal::kMarginal)).ok());
  EXPECT_EQ(head.points.size(), 1U);
}

TEST(IntensitySlice, JoinsWhatFollowsAndMeansOverTime) {
  auto head = flat(kMorning, GramsPerKwh(100), Signal::kAverage);
  ASSERT_TRUE(append(head, flat(kAfternoon, GramsPerKwh(300), Signal::kAverage)).ok());
  EXPECT_DOUBLE_EQ(time_mean(head).value(), 200);
  EXPECT_FALSE(append(head, flat(kAfternoon, GramsPerKwh(300), Signal::kAverage)).ok());
}

TEST(Interval, ThatEndsBeforeItBeginsIsRefused) {
  EXPECT_FALSE(check_interval({at("2026-01-02"), at("2026-01-01")}).ok());
  EXPECT_TRUE(check_interval({at("2026-01-01"), at("2026-01-01")}).ok());
}

}  // namespace
}  // namespace wattle::carbon
