#include "wattle/job/after_attempt.h"

#include <array>

#include <gtest/gtest.h>

namespace wattle::job {
namespace {

using enum JobState;
using executor::Outcome;

const spec::RetrySpec kNever{.attempts = 0};
const spec::RetrySpec kTwice{.attempts = 2};

struct Case {
  std::string name;
  AttemptEnd end;
  JobStanding standing;
  spec::RetrySpec retry;
  JobState state;
  JobState final_state = kSucceeded;  // looked at with kUploading
  bool is_counted = false;
};

AttemptEnd success() {
  return {.outcome = Outcome::kExited};
}
AttemptEnd failure() {
  return {.outcome = Outcome::kExited, .exit_code = 3, .reason = "exit code 3"};
}
AttemptEnd ended_by(Outcome outcome) {
  return {.outcome = outcome, .reason = "why"};
}
AttemptEnd with_checkpoint(Outcome outcome) {
  return {.outcome = outcome, .reason = "why", .is_new_checkpoint = true};
}
AttemptEnd never_begun() {
  return {.outcome = Outcome::kLost, .reason = "why", .began = false};
}

std::vector<Case> cases() {
  const JobStanding none;
  const JobStanding paused{.wish = Wish::kPause};
  const JobStanding resumed{.wish = Wish::kResume};
  const JobStanding stopped{.wish = Wish::kStop};
  const JobStanding killed{.wish = Wish::kKill};
  const JobStanding spent{.exhausted_budget = "its budget is used up"};
  const JobStanding tried_twice{.further_attempts = 2};
  const spec::RetrySpec failures{.attempts = 2, .on = {"failure"}};
  const spec::RetrySpec interruptions{.attempts = 2, .on = {"interruption"}};
  return {
      {"success", success(), none, kTwice, kUploading, kSucceeded},
      {"success_while_stopped", success(), stopped, kNever, kUploading, kSucceeded},
      {"success_while_paused", success(), paused, kNever, kUploading, kSucceeded},
      {"success_within_no_budget", success(), spent, kNever, kUploading, kSucceeded},
      {"failure", failure(), none, kNever, kUploading, kFailed},
      {"failure_retried", failure(), none, kTwice, kWaiting, kSucceeded, true},
      {"failure_retried_too_often", failure(), tried_twice, kTwice, kUploading, kFailed},
      {"failure_retried_only_on_interruption", failure(), none, interruptions, kUploading, kFailed},
      {"failure_while_stopped", failure(), stopped, kTwice, kUploading, kStopped},
      {"failure_while_paused", failure(), paused, kNever, kUploading, kFailed},
      {"failure_without_budget", failure(), spent, kTwice, kUploading, kStopped},
      {"signal", ended_by(Outcome::kSignaled), none, kNever, kUploading, kFailed},
      {"signal_retried", ended_by(Outcome::kSignaled), none, kTwice, kWaiting, kSucceeded, true},
      {"memory", ended_by(Outcome::kMemoryLimit), none, failures, kWaiting, kSucceeded, true},
      {"no_command", ended_by(Outcome::kNotStarted), none, kTwice, kUploading, kFailed},
      {"stopped", ended_by(Outcome::kStopped), stopped, kTwice, kUploading, kStopped},
      {"stopped_by_others", ended_by(Outcome::kStopped), none, kTwice, kUploading, kStopped},
      {"killed", ended_by(Outcome::kSignaled), killed, kTwice, kUploading, kStopped},
      {"time_limit", ended_by(Outcome::kTimeLimit), none, kTwice, kUploading, kStopped},
      {"paused", ended_by(Outcome::kInterrupted), paused, kTwice, kInterrupted},
      {"paused_with_checkpoint", with_checkpoint(Outcome::kInterrupted), paused, kTwice,
       kInterrupted},
      {"lost_while_paused", ended_by(Outcome::kLost), paused, kTwice, kInterrupted},
      {"lost_while_resumed", ended_by(Outcome::kLost), resumed, kNever, kWaiting},
      {"interrupted_while_resumed", ended_by(Outcome::kInterrupted), resumed, kNever, kWaiting},
      {"lost", ended_by(Outcome::kLost), none, kNever, kInterrupted},
      {"lost_retried", ended_by(Outcome::kLost), none, kTwice, kWaiting, kSucceeded, true},
      {"lost_retried_too_often", ended_by(Outcome::kLost), tried_twice, kTwice, kInterrupted},
      {"lost_retried_only_on_failure", ended_by(Outcome::kLost), none, failures, kInterrupted},
      {"lost_with_checkpoint", with_checkpoint(Outcome::kLost), tried_twice, kNever, kWaiting},
      {"lost_before_it_began", never_begun(), tried_twice, kNever, kWaiting},
      {"lost_before_it_began_while_paused", never_begun(), paused, kNever, kInterrupted},
      {"lost_while_stopped", ended_by(Outcome::kLost), stopped, kTwice, kUploading, kStopped},
      {"lost_without_budget", with_checkpoint(Outcome::kInterrupted), spent, kTwice, kUploading,
       kStopped}};
}

TEST(AfterAttempt, EveryEndHasItsNextStep) {
  for (const auto& [name, end, standing, retry, state, final_state, is_counted] : cases()) {
    const auto next = after_attempt(end, standing, retry);
    EXPECT_EQ(next.state, state) << name << ": " << to_string(next.state);
    EXPECT_EQ(next.is_counted, is_counted) << name;
    if (state == kUploading) {
      EXPECT_EQ(next.final_state, final_state) << name << ": " << to_string(next.final_state);
    }
    EXPECT_EQ(next.delay > Seconds(0), is_counted) << name;
    EXPECT_EQ(next.reason.empty(), final_state == kSucceeded && state == kUploading) << name;
  }
}

TEST(AfterAttempt, ARetryIsToldWithItsNumberAndDelay) {
  const auto next = after_attempt(failure(), {.further_attempts = 1}, kTwice);
  EXPECT_EQ(next.reason, "exit code 3; try 2 of 2 follows in 20.0 s");
}

TEST(AfterAttempt, DelaysGrowByTheFactorUpToADay) {
  const spec::RetrySpec retry{.attempts = 100, .delay = Seconds(10), .factor = 3};
  EXPECT_EQ(retry_delay(retry, 0), Seconds(10));
  EXPECT_EQ(retry_delay(retry, 1), Seconds(30));
  EXPECT_EQ(retry_delay(retry, 2), Seconds(90));
  EXPECT_EQ(retry_delay(retry, 99), Seconds(86'400));
  EXPECT_EQ(retry_delay(retry, 100'000), Seconds(86'400)) << "an infinite power is a day, too";
}

TEST(AfterAttempt, NobodyTriesForEver) {
  constexpr std::array kOutcomes{Outcome::kExited,      Outcome::kSignaled,  Outcome::kNotStarted,
                                 Outcome::kStopped,     Outcome::kTimeLimit, Outcome::kMemoryLimit,
                                 Outcome::kInterrupted, Outcome::kLost};
  for (const auto outcome : kOutcomes) {
    JobStanding standing;
    const AttemptEnd end{.outcome = outcome, .exit_code = 1, .reason = "why"};
    int tries = 0;
    while (after_attempt(end, standing, kTwice).state == kWaiting) {
      ++standing.further_attempts;
      ASSERT_LT(++tries, 3);
    }
  }
}

TEST(Wish, AWordIsReadBackAsItsWish) {
  for (const auto wish : {Wish::kNone, Wish::kPause, Wish::kResume, Wish::kStop, Wish::kKill}) {
    EXPECT_EQ(*wish_from(to_string(wish)), wish);
  }
  EXPECT_EQ(wish_from("dance").error().code(), ErrorCode::kParse);
}

}  // namespace
}  // namespace wattle::job
