// The states of a job, and which may follow which.
//
//   pending -> waiting -> starting -> running -> uploading -> succeeded | failed | stopped
//   running -> interrupting -> interrupted -> waiting, as often as needed
//   failed | stopped -> waiting, when somebody resumes it
//
// Units:    none. Errors: kParse for a word that is no state. Threads: pure functions.
// Lifetime: none. See: docs/concepts/jobs.md
#pragma once

#include <string_view>

#include "wattle/base/result.h"

namespace wattle::job {

enum class JobState {
  kPending,       // accepted; runs that it comes after have not ended
  kWaiting,       // for capacity, or for its next attempt's time
  kStarting,      // an attempt has its number; its supervisor has not said anything yet
  kRunning,       // the attempt's command runs
  kInterrupting,  // it was asked to save its state and end, or is being frozen
  kInterrupted,   // rests, frozen or ended, until it is resumed
  kUploading,     // the last attempt has ended; outputs are kept and energy is settled
  kSucceeded,
  kFailed,
  kStopped,
};

std::string_view to_string(JobState state);
Result<JobState> job_state_from(std::string_view word);

/// Nothing more happens to it, unless somebody resumes it.
bool is_final(JobState state);
/// It has an attempt whose supervisor may live.
bool has_live_attempt(JobState state);
bool may_follow(JobState from, JobState to);

}  // namespace wattle::job
