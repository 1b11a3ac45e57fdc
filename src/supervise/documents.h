// The documents of an attempt: supervisor.json, when it starts, freeze.json, when it is frozen or
// thawed, and exit.json, when it has ended.
//
// Units:    nanoseconds of UTC and of the boot clock, microseconds of CPU time, bytes: the key's
//           last word.
// Errors:   none; writing them is the caller's. Threads: pure functions. Lifetime: value types.
// See:      docs/reference/supervisor-protocol.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "wattle/base/subprocess.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"
#include "wattle/energy/records.h"

namespace wattle::supervise {

struct SupervisorDocument {
  std::int64_t protocol = 0;
  pid_t pid = 0;
  pid_t main_pid = 0;
  pid_t group = 0;  // process group of the job
  std::string owner;
  std::string boot_id;
  UtcTime started_utc;
  BootTime started_boot;
  std::vector<std::string> cgroups;
  std::string accounting;
  std::string accounting_reason;
  std::string checkpoint_request;
};

/// Why the attempt ended. The names are those of exit.json.
enum class Outcome {
  kExited,
  kSignaled,
  kNotStarted,
  kStopped,
  kTimeLimit,
  kMemoryLimit,
  kInterrupted,
};

std::string_view to_string(Outcome outcome);

struct ExitDocument {
  std::int64_t protocol = 0;
  Outcome outcome = Outcome::kExited;
  ExitStatus status;
  std::string reason;
  std::string boot_id;
  UtcTime started_utc;
  UtcTime ended_utc;
  BootTime started_boot;
  BootTime ended_boot;
  energy::GroupSample usage;
  std::int64_t output_dropped_bytes = 0;
  std::int64_t output_discarded_bytes = 0;
  std::int64_t usage_dropped_samples = 0;
  std::int64_t memory_kills = 0;
  bool metered = false;
  std::int64_t meter_losses = 0;
  std::string accounting;
  std::int64_t checkpoint = 0;  // number of the last that was confirmed
  std::string checkpoint_path;
  Seconds frozen{0};
};

struct FreezeDocument {
  std::int64_t protocol = 0;
  bool frozen = false;
  std::string means;  // what holds it
  UtcTime changed_utc;
  BootTime changed_boot;
  Seconds before{0};  // frozen in all until this change
};

std::string to_json(const SupervisorDocument& document);
std::string to_json(const ExitDocument& document);
std::string to_json(const FreezeDocument& document);

}  // namespace wattle::supervise
