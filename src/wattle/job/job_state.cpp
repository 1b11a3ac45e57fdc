#include "wattle/job/job_state.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "wattle/base/text.h"

namespace wattle::job {
namespace {

using enum JobState;

constexpr std::array<std::string_view, 10> kWords{
    "pending",     "waiting",   "starting",  "running", "interrupting",
    "interrupted", "uploading", "succeeded", "failed",  "stopped"};

// clang-format off: a line for each state, with those that may follow it.
constexpr std::array<std::pair<JobState, JobState>, 28> kSteps{{
    // Failed: a run that it comes after did not succeed. Interrupted: held by its user.
    {kPending, kWaiting}, {kPending, kFailed}, {kPending, kStopped}, {kPending, kInterrupted},
    // Failed: what it needs cannot be had any more. Interrupted: held by its user.
    {kWaiting, kStarting}, {kWaiting, kFailed}, {kWaiting, kStopped}, {kWaiting, kInterrupted},
    // Waiting: its command was never begun. Uploading: it ended before anybody looked.
    {kStarting, kRunning}, {kStarting, kWaiting}, {kStarting, kUploading},
    {kStarting, kInterrupted},
    // Waiting: it failed, and is tried again. Interrupted: its supervisor or host went.
    {kRunning, kInterrupting}, {kRunning, kUploading}, {kRunning, kWaiting},
    {kRunning, kInterrupted},
    // Running: it could not be frozen.
    {kInterrupting, kInterrupted}, {kInterrupting, kRunning}, {kInterrupting, kUploading},
    {kInterrupting, kWaiting},
    // Pending: resumed before it ever began. Running: thawed. Uploading: it ended while it was
    // frozen, or is given up.
    {kInterrupted, kWaiting}, {kInterrupted, kPending}, {kInterrupted, kRunning},
    {kInterrupted, kUploading},
    {kUploading, kSucceeded}, {kUploading, kFailed}, {kUploading, kStopped},
    {kUploading, kInterrupted},
}};
// clang-format on

}  // namespace

std::string_view to_string(JobState state) {
  return kWords.at(static_cast<std::size_t>(state));
}

Result<JobState> job_state_from(std::string_view word) {
  const auto* const found = std::ranges::find(kWords, word);
  if (found == kWords.end()) {
    return Error(ErrorCode::kParse, concat("'", word, "' is no state of a job"));
  }
  return static_cast<JobState>(found - kWords.begin());
}

bool is_final(JobState state) {
  return state == kSucceeded || state == kFailed || state == kStopped;
}

bool has_live_attempt(JobState state) {
  return state == kStarting || state == kRunning || state == kInterrupting;
}

bool may_follow(JobState from, JobState to) {
  const bool is_resumed =
      (to == kWaiting || to == kPending) && (from == kFailed || from == kStopped);
  return is_resumed || std::ranges::find(kSteps, std::pair(from, to)) != kSteps.end();
}

}  // namespace wattle::job
