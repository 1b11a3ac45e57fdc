#include "wattle/access/verified_tokens.h"

#include <string>

#include <gtest/gtest.h>

#include "wattle/base/limits.h"

namespace wattle::access {
namespace {

VerifiedToken of_user(std::string user) {
  return {.grant = {.user = std::move(user), .projects = ProjectRange::all()},
          .expires = {},
          .last_used = {}};
}

TEST(VerifiedTokens, ForgetsWhatWasReadBeforeAChange) {
  const SimulatedClock clock;
  VerifiedTokens verified(clock);
  const auto before = verified.generation();
  verified.forget_all();  // the change, while the reader is still reading
  verified.keep("h", of_user("ada"), before);
  EXPECT_FALSE(verified.find("h").has_value());
  verified.keep("h", of_user("ada"), verified.generation());
  EXPECT_EQ(verified.find("h")->grant.user, "ada");
  verified.forget_all();
  EXPECT_FALSE(verified.find("h").has_value());
}

TEST(VerifiedTokens, AStepOfUtcNeitherLengthensNorEndsAnEntry) {
  SimulatedClock clock;
  VerifiedTokens verified(clock);
  verified.keep("h", of_user("ada"), verified.generation());
  clock.step_utc(Seconds(3600));
  EXPECT_TRUE(verified.find("h").has_value());
  clock.step_utc(Seconds(-7200));
  clock.advance(Seconds(limits::kVerifiedTokenSeconds));
  EXPECT_FALSE(verified.find("h").has_value());
}

TEST(VerifiedTokens, AreBoundedAndTheNewestStay) {
  SimulatedClock clock;
  VerifiedTokens verified(clock);
  const auto count = 3 * limits::kVerifiedTokens;
  for (std::size_t i = 0; i < count; ++i) {
    clock.advance(Seconds(1e-6));
    verified.keep(std::to_string(i), of_user("ada"), verified.generation());
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    kept += verified.find(std::to_string(i)) ? 1U : 0U;
  }
  EXPECT_LE(kept, limits::kVerifiedTokens);
  EXPECT_GE(kept, limits::kVerifiedTokens / 2);
  EXPECT_TRUE(verified.find(std::to_string(count - 1)).has_value());
}

}  // namespace
}  // namespace wattle::access
