#include "wattle/carbon/fallback_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/carbon/carbon_fixture.h"
#include "wattle/carbon/intensity_file.h"
#include "wattle/carbon/yearly_averages.h"

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

/// A live source that answers, or fails, as it is told.
class FakeSource final : public IntensitySource {
 public:
  std::string_view name() const override { return "live"; }
  Signal signal() const override { return signal_; }
  Result<IntensitySlice> intensity(std::string_view zone, const Interval& interval) override {
    ++calls;
    if (failure) {
      return *failure;
    }
    IntensitySlice slice;
    slice.interval = interval;
    slice.points = {{interval, GramsPerKwh(111), Vintage::kMeasured, 0.02}};
    slice.signal = signal_;
    slice.zone = zone;
    slice.source = "live";
    slice.as_of = as_of;
    return slice;
  }

  Signal signal_ = Signal::kAverage;
  std::optional<Error> failure;
  std::optional<UtcTime> as_of;
  int calls = 0;
};

struct Chain {
  ZoneAtlas atlas;
  SimulatedClock clock;
  FakeSource live;
  YearlyAverages yearly{atlas, Signal::kAverage};
  std::unique_ptr<FallbackChain> chain =
      FallbackChain::create({&live, &yearly}, atlas, clock).value();
  Interval hour{clock.utc_now(), clock.utc_now() + Seconds(3600)};
};

TEST(FallbackChain, TakesTheFirstThatAnswers) {
  Chain test;
  const auto slice = test.chain->intensity("DE", test.hour);
  EXPECT_EQ(slice->source, "live");
  EXPECT_TRUE(slice->notes.empty());
}

TEST(FallbackChain, SaysWhyItPassedASourceOver) {
  Chain test;
  test.live.failure = Error(ErrorCode::kUnavailable, "live: 429 too many requests");
  const auto slice = test.chain->intensity("DE", test.hour);
  ASSERT_TRUE(slice.ok());
  EXPECT_EQ(slice->source, "Our World in Data / Ember");
  EXPECT_THAT(slice->notes.at(0), HasSubstr("429"));
}

TEST(FallbackChain, PassesOverWhatIsStale) {
  Chain test;
  test.live.as_of = test.clock.utc_now() - Seconds(2 * 3600);
  EXPECT_EQ(test.chain->intensity("DE", test.hour)->source, "live");
  test.clock.advance(Seconds(2 * 3600));
  const auto slice = test.chain->intensity("DE", test.hour);
  EXPECT_EQ(slice->source, "Our World in Data / Ember");
  EXPECT_THAT(slice->notes.at(0), HasSubstr("last refreshed 4 h 00 min"));
}

TEST(FallbackChain, DoesNotPassOverAWrongQuestion) {
  Chain test;
  test.live.failure = Error(ErrorCode::kInvalidArgument, "wrong");
  EXPECT_EQ(test.chain->intensity("DE", test.hour).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(test.chain->intensity("DX", test.hour).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(test.chain->intensity("DE", {test.hour.end, test.hour.begin}).error().code(),
            ErrorCode::kInvalidArgument);
}

TEST(FallbackChain, PrefersTheGridOfARegionInAFileToItsYearlyAverage) {
  Chain test;
  const auto file = IntensityFile::from_text(
      "ci.csv", "hour_utc,US-CAL-CISO\n2026-01-01T00:00Z,250\n2026-01-01T01:00Z,260\n", {});
  const auto chain = FallbackChain::create({file->get(), &test.yearly}, test.atlas, test.clock);
  const auto slice = (*chain)->intensity("aws:us-west-1", test.hour);
  ASSERT_TRUE(slice.ok()) << slice.error().message();
  EXPECT_DOUBLE_EQ(slice->points[0].value.value(), 250);
  EXPECT_EQ(slice->zone, "US-CAL-CISO");
  EXPECT_THAT(slice->notes.at(0), HasSubstr("its US-CAL-CISO is used"));
}

TEST(FallbackChain, IsOfOneSignal) {
  Chain test;
  FakeSource marginal;
  marginal.signal_ = Signal::kMarginal;
  const auto chain = FallbackChain::create({&marginal, &test.yearly}, test.atlas, test.clock);
  ASSERT_FALSE(chain.ok());
  EXPECT_THAT(chain.error().message(), HasSubstr("never mixed"));
}

TEST(FallbackChain, TellsWhatEverySourceSaidWhenNoneAnswers) {
  Chain test;
  test.live.failure = Error(ErrorCode::kTimeout, "live: no answer in 10 s");
  const auto slice = test.chain->intensity("VA", test.hour);
  ASSERT_FALSE(slice.ok());
  EXPECT_EQ(slice.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(slice.error().message(), HasSubstr("no answer in 10 s; no yearly average"));
  EXPECT_EQ(test.live.calls, 1);
}

}  // namespace
}  // namespace wattle::carbon
