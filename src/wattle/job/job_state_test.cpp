#include "wattle/job/job_state.h"

#include <array>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace wattle::job {
namespace {

using enum JobState;

constexpr std::array kStates{kPending,     kWaiting,   kStarting,  kRunning, kInterrupting,
                             kInterrupted, kUploading, kSucceeded, kFailed,  kStopped};

/// What may follow each state, written down from docs/concepts/jobs.md.
const std::map<std::string, std::set<std::string>> kFollowers{
    {"pending", {"waiting", "failed", "stopped", "interrupted"}},
    {"waiting", {"starting", "failed", "stopped", "interrupted"}},
    {"starting", {"running", "waiting", "uploading", "interrupted"}},
    {"running", {"interrupting", "uploading", "waiting", "interrupted"}},
    {"interrupting", {"interrupted", "running", "uploading", "waiting"}},
    {"interrupted", {"pending", "waiting", "running", "uploading"}},
    {"uploading", {"succeeded", "failed", "stopped", "interrupted"}},
    {"succeeded", {}},
    {"failed", {"waiting", "pending"}},
    {"stopped", {"waiting", "pending"}}};

TEST(JobState, EveryStepIsAllowedOrRefusedAsItIsDocumented) {
  for (const auto from : kStates) {
    for (const auto to : kStates) {
      const auto& followers = kFollowers.at(std::string(to_string(from)));
      EXPECT_EQ(may_follow(from, to), followers.contains(std::string(to_string(to))))
          << to_string(from) << " -> " << to_string(to);
    }
  }
}

TEST(JobState, OnlyTheEndsAreFinal) {
  for (const auto state : kStates) {
    EXPECT_EQ(is_final(state), state == kSucceeded || state == kFailed || state == kStopped)
        << to_string(state);
  }
}

TEST(JobState, FromEveryStateAJobCanComeToAnEnd) {
  for (const auto start : kStates) {
    std::set<JobState> reached{start};
    for (std::size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const auto from : std::set(reached)) {
        for (const auto to : kStates) {
          if (may_follow(from, to)) {
            reached.insert(to);
          }
        }
      }
    }
    EXPECT_TRUE(is_final(start) || reached.contains(kStopped)) << to_string(start);
  }
}

TEST(JobState, AStateWithoutAnAttemptIsNeverFollowedByOneThatRuns) {
  for (const auto from : kStates) {
    const bool may_run = has_live_attempt(from) || from == kInterrupted;  // it may be frozen
    EXPECT_TRUE(may_run || !may_follow(from, kRunning)) << to_string(from);
  }
}

TEST(JobState, AWordIsReadBackAsItsState) {
  for (const auto state : kStates) {
    EXPECT_EQ(*job_state_from(to_string(state)), state);
  }
  EXPECT_EQ(job_state_from("paused").error().code(), ErrorCode::kParse);
}

}  // namespace
}  // namespace wattle::job
