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

constexpr std::array<std::pair<JobState, JobState>, 28> kSteps{{
    {kPending, kWaiting},          {kPending, kFailed},  // a run that it comes after did not succeed
    {kPending, kStopped},          {kPending, kInterrupted},  // held by its user
    {kWaiting, kStarting},         {kWaiting, kFailed},  // what it needs cannot be had any more
    {kWaiting, kStopped},          {kWaiting, kInterrupted},  // held by its user
    {kStarting, kRunning},         {kStarting, kWaiting},     // its command was never begun
    {kStarting, kUploading},                                  // it ended before anybody looked
    {kStarting, kInterrupted},     {kRunning, kInterrupting}, {kRunning, kUploading},
    {kRunning, kWaiting},                                      // it failed, and is tried again
    {kRunning, kInterrupted},                                  // its supervisor or host went
    {kInterrupting, kInterrupted}, {kInterrupting, kRunning},  // it could not be frozen
    {kInterrupting, kUploading},   {kInterrupting, kWaiting}, {kInterrupted, kWaiting},
    {kInterrupted, kPending},  // resumed before it ever began: what it comes after is looked at again
    {kInterrupted, kRunning},    // thawed
    {kInterrupted, kUploading},  // it ended while it was frozen, or is given up
    {kUploading, kSucceeded},      {kUploading, kFailed},     {kUploading, kStopped},
    {kUploading, kInterrupted},
}};

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
