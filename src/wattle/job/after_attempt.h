// What becomes of a job when one of its attempts has ended: done, again, or at rest. Pure.
//
// Units:    Seconds. Errors: none. Threads: a pure function. Lifetime: value types.
// See:      docs/concepts/jobs.md#after-an-attempt
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wattle/base/units.h"
#include "wattle/executor/executor.h"
#include "wattle/job/job_state.h"
#include "wattle/spec/job_spec.h"

namespace wattle::job {

/// What somebody has asked of a job, until it is done. One overrides those before it in this order.
enum class Wish { kNone, kPause, kResume, kStop, kKill };

std::string_view to_string(Wish wish);
Result<Wish> wish_from(std::string_view word);

struct AttemptEnd {
  executor::Outcome outcome = executor::Outcome::kExited;
  int exit_code = 0;
  std::string reason;              // of the attempt; "" when it succeeded
  bool began = true;               // an instruction of the command may have run
  bool is_new_checkpoint = false;  // a verified one, confirmed by this attempt: it made progress
};

/// Where the job stands when the attempt ends.
struct JobStanding {
  Wish wish = Wish::kNone;
  std::optional<std::string> exhausted_budget;  // a sentence; nullopt: within its budget
  std::int64_t further_attempts = 0;            // counted against retry.attempts so far
};

struct NextStep {
  JobState state = JobState::kUploading;  // or kWaiting, or kInterrupted
  /// With kUploading: the state that follows.
  JobState final_state = JobState::kSucceeded;
  std::string reason;
  Seconds delay{0};         // with kWaiting
  bool is_counted = false;  // against retry.attempts
};

NextStep after_attempt(const AttemptEnd& end, const JobStanding& standing,
                       const spec::RetrySpec& retry);

/// delay * factor^further_attempts, at most a day.
Seconds retry_delay(const spec::RetrySpec& retry, std::int64_t further_attempts);

}  // namespace wattle::job
