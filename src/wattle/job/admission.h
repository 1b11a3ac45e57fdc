// Which of the waiting jobs start now: by priority, then by age, never beyond what the host has.
//
// The first job in order that does not fit holds the place for itself: a later one may go ahead
// only when it will surely have ended, by its own time limit, before the first could have started
// (EASY backfilling: D. A. Lifka, "The ANL/IBM SP Scheduling System", 1995). So a large job is
// never starved by small ones, and no core rests that could be used without delaying it.
//
// Units:    CPUs, bytes, GPUs, Seconds from now. Errors: none. Threads: a pure function.
// Lifetime: value types.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wattle/base/units.h"

namespace wattle::job {

struct Needs {
  double cpus = 1;
  std::int64_t memory_bytes = 0;  // 0: it did not say
  std::int64_t gpus = 0;

  friend bool operator==(const Needs&, const Needs&) = default;
};

/// What a host has for jobs.
struct Capacity {
  double cpus = 1;
  std::int64_t memory_bytes = 0;  // 0: unknown, not counted
  std::vector<int> gpus;          // their indices
};

struct RunningJob {
  Needs needs;
  std::vector<int> gpus;           // those that it was given
  bool is_frozen = false;          // its cores are free, its memory and GPUs are not
  std::optional<Seconds> at_most;  // until it has surely ended
};

struct WaitingJob {
  std::string run;
  Needs needs;
  std::int64_t priority = 0;
  std::optional<Seconds> at_most;  // its time limit
};

struct Admission {
  std::string run;
  std::vector<int> gpus;
};

/// `waiting` in order of age, oldest first. The result is in the order in which they start.
std::vector<Admission> admit(const Capacity& capacity, std::span<const RunningJob> running,
                             std::span<const WaitingJob> waiting);

/// Why a job can never start on this host; "" when it can.
std::string impossible_needs(const Capacity& capacity, const Needs& needs);

}  // namespace wattle::job
