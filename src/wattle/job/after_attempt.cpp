#include "wattle/job/after_attempt.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "wattle/base/text.h"

namespace wattle::job {
namespace {

using executor::Outcome;

constexpr std::array<std::string_view, 5> kWishes{"", "pause", "resume", "stop", "kill"};
constexpr Seconds kLongestDelay{86'400};

NextStep done(JobState final_state, std::string reason) {
  return {.state = JobState::kUploading, .final_state = final_state, .reason = std::move(reason)};
}

NextStep rest(std::string reason) {
  return {.state = JobState::kInterrupted, .reason = std::move(reason)};
}

bool is_retried(const spec::RetrySpec& retry, std::string_view on, std::int64_t so_far) {
  return so_far < retry.attempts && std::ranges::find(retry.on, on) != retry.on.end();
}

NextStep again(const AttemptEnd& end, const spec::RetrySpec& retry, std::int64_t so_far) {
  const auto delay = retry_delay(retry, so_far);
  return {.state = JobState::kWaiting,
          .reason = concat(end.reason, "; try ", so_far + 1, " of ", retry.attempts, " follows in ",
                           format_duration(delay)),
          .delay = delay,
          .is_counted = true};
}

/// Its host or supervisor went, or it was interrupted by somebody who does not want it to rest.
NextStep after_interruption(const AttemptEnd& end, const JobStanding& standing,
                            const spec::RetrySpec& retry) {
  if (!end.began) {
    return {.state = JobState::kWaiting, .reason = "its command was not begun; it starts again"};
  }
  if (end.is_new_checkpoint) {
    return {.state = JobState::kWaiting,
            .reason = concat(end.reason, "; it goes on from its checkpoint")};
  }
  if (is_retried(retry, "interruption", standing.further_attempts)) {
    return again(end, retry, standing.further_attempts);
  }
  return rest(end.reason);
}

}  // namespace

std::string_view to_string(Wish wish) {
  return kWishes.at(static_cast<std::size_t>(wish));
}

Result<Wish> wish_from(std::string_view word) {
  const auto* const found = std::ranges::find(kWishes, word);
  if (found == kWishes.end()) {
    return Error(ErrorCode::kParse, concat("'", word, "' is nothing that a job can be asked for"));
  }
  return static_cast<Wish>(found - kWishes.begin());
}

Seconds retry_delay(const spec::RetrySpec& retry, std::int64_t further_attempts) {
  const double delay =
      retry.delay.value() * std::pow(retry.factor, static_cast<double>(further_attempts));
  return std::min(Seconds(delay), kLongestDelay);
}

NextStep after_attempt(const AttemptEnd& end, const JobStanding& standing,
                       const spec::RetrySpec& retry) {
  if (end.outcome == Outcome::kExited && end.exit_code == 0) {
    return done(JobState::kSucceeded, "");
  }
  if (standing.exhausted_budget) {
    return done(JobState::kStopped, *standing.exhausted_budget);
  }
  if (standing.wish >= Wish::kStop || end.outcome == Outcome::kStopped ||
      end.outcome == Outcome::kTimeLimit) {
    return done(JobState::kStopped, end.reason);
  }
  if (standing.wish == Wish::kPause &&
      (end.outcome == Outcome::kInterrupted || end.outcome == Outcome::kLost)) {
    return rest(end.reason);
  }
  const bool is_interrupted = end.outcome == Outcome::kLost || end.outcome == Outcome::kInterrupted;
  if (standing.wish == Wish::kResume && is_interrupted) {
    return {.state = JobState::kWaiting, .reason = concat(end.reason, "; resumed on request")};
  }
  if (is_interrupted) {
    return after_interruption(end, standing, retry);
  }
  // What cannot be started now cannot be started in ten seconds.
  if (end.outcome != Outcome::kNotStarted &&
      is_retried(retry, "failure", standing.further_attempts)) {
    return again(end, retry, standing.further_attempts);
  }
  return done(JobState::kFailed, end.reason);
}

}  // namespace wattle::job
