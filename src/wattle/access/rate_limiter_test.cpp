#include "wattle/access/rate_limiter.h"

#include <string>

#include <gtest/gtest.h>

#include "wattle/base/text.h"

namespace wattle::access {
namespace {

TEST(RateLimiter, LetsABurstPassAndThenOneEachInterval) {
  SimulatedClock clock;
  RateLimiter limiter(clock, {.burst = 3, .per_second = 2});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(limiter.allow("a").is_allowed) << i;
  }
  const RateAnswer refused = limiter.allow("a");
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_DOUBLE_EQ(refused.wait.value(), 0.5);
  EXPECT_TRUE(limiter.allow("b").is_allowed);
  clock.advance(Seconds(0.4));
  EXPECT_FALSE(limiter.allow("a").is_allowed);  // a refusal takes nothing
  clock.advance(Seconds(0.1));
  EXPECT_TRUE(limiter.allow("a").is_allowed);
  EXPECT_FALSE(limiter.allow("a").is_allowed);
  clock.advance(Seconds(3600));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(limiter.allow("a").is_allowed) << i;
  }
  EXPECT_FALSE(limiter.allow("a").is_allowed);
}

/// Whoever asks all the time gets burst + rate * time, to one try.
TEST(RateLimiter, GivesNoMoreThanItsRateHoweverOftenItIsAsked) {
  SimulatedClock clock;
  RateLimiter limiter(clock, {.burst = 10, .per_second = 7});
  int passed = 0;
  for (int i = 0; i < 100'000; ++i) {
    passed += limiter.allow("a").is_allowed ? 1 : 0;
    clock.advance(Seconds(0.001));
  }
  EXPECT_NEAR(passed, 10 + 7 * 100, 1);
}

TEST(RateLimiter, WaitsAsLongAsItSays) {
  SimulatedClock clock;
  RateLimiter limiter(clock, {.burst = 1, .per_second = 1.0 / 30});
  EXPECT_TRUE(limiter.allow("a").is_allowed);
  clock.advance(Seconds(7));
  clock.step_utc(Seconds(100));
  EXPECT_NEAR(limiter.allow("a").wait.value(), 23, 1e-6);
  clock.advance(limiter.allow("a").wait);
  EXPECT_TRUE(limiter.allow("a").is_allowed);
}

TEST(RateLimiter, IsBoundedAndForgetsWhomItForgivesLeast) {
  SimulatedClock clock;
  RateLimiter limiter(clock, {.burst = 5, .per_second = 1, .most_keys = 100});
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(limiter.allow("attacker").is_allowed);
  }
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(limiter.allow(std::to_string(i)).is_allowed);
  }
  EXPECT_EQ(limiter.keys(), 100U);
  EXPECT_FALSE(limiter.allow("attacker").is_allowed);
  clock.advance(Seconds(10));
  EXPECT_TRUE(limiter.allow("one").is_allowed);
  EXPECT_EQ(limiter.keys(), 1U);  // buckets that are full again are not kept
}

TEST(RateLimiter, ANewcomerToAFullTableIsCountedToo) {
  const SimulatedClock clock;
  RateLimiter limiter(clock, {.burst = 2, .per_second = 1, .most_keys = 1});
  EXPECT_TRUE(limiter.allow("a").is_allowed);
  EXPECT_TRUE(limiter.allow("a").is_allowed);
  EXPECT_TRUE(limiter.allow("b").is_allowed);
  EXPECT_TRUE(limiter.allow("b").is_allowed);
  EXPECT_FALSE(limiter.allow("b").is_allowed);
  EXPECT_EQ(limiter.keys(), 1U);
}

TEST(RateLimiter, KeepsLongKeysByTheirDigest) {
  const SimulatedClock clock;
  RateLimiter limiter(clock, {.burst = 1, .per_second = 1});
  const std::string key(1 << 20, 'k');
  EXPECT_TRUE(limiter.allow(key).is_allowed);
  EXPECT_FALSE(limiter.allow(key).is_allowed);
  EXPECT_TRUE(limiter.allow(concat(key, "k")).is_allowed);
}

TEST(FailedLogins, FiveAtOnceThenOneInThirtySeconds) {
  SimulatedClock clock;
  FailedLogins failed(clock);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(failed.check("::1").is_allowed);  // what succeeds is not counted
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(failed.check("::1").is_allowed) << i;
    failed.note_failure("::1");
  }
  EXPECT_FALSE(failed.check("::1").is_allowed);
  EXPECT_NEAR(failed.check("::1").wait.value(), 30, 1e-6);
  failed.note_failure("::1");  // one that was under way: no debt grows
  clock.advance(Seconds(30));
  EXPECT_TRUE(failed.check("::1").is_allowed);
}

TEST(RateKey, IsTheAddressOrTheNetworkOfIPv6) {
  EXPECT_EQ(rate_key_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(rate_key_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(rate_key_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(rate_key_of("2001:DB8:1:2::"), "2001:db8:1:2::/64");
  EXPECT_EQ(rate_key_of("2001:db8:1:3::1"), "2001:db8:1:3::/64");
  EXPECT_EQ(rate_key_of(""), "");
  EXPECT_EQ(rate_key_of("01J0000000"), "01J0000000");
}

}  // namespace
}  // namespace wattle::access
