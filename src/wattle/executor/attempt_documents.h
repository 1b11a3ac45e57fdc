// The supervisor's protocol as its readers see it: supervisor.json, written when an attempt starts,
// freeze.json, and exit.json, its end; and the signals by which a supervisor is asked for things.
//
// Units:    as executor.h; the keys of the JSON say theirs.
// Errors:   kNotFound: the document is not there. kParse: it is damaged, or of a protocol that we
//           do not know.
// Threads:  as their FileSystem. Lifetime: value types.
// See:      docs/reference/supervisor-protocol.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "wattle/base/file.h"
#include "wattle/executor/executor.h"

namespace wattle::executor {

/// The version that we start supervisors with. Attempts of older ones are read, and those that run
/// can be waited for and stopped; they know no requests.
inline constexpr std::int64_t kSupervisorProtocol = 2;

/// What a running supervisor can be asked for, beside to end.
enum class Request { kCheckpoint, kInterrupt, kFreeze, kThaw };

/// The real-time signal that asks for it.
int signal_of(Request request);

std::string supervisor_file(const std::string& folder);
std::string exit_file(const std::string& folder);
std::string lock_file(const std::string& folder);

struct SupervisorRecord {
  std::int64_t protocol = kSupervisorProtocol;
  pid_t pid = 0;
  std::string owner;  // "RUN/ATTEMPT", as WATTLE_ATTEMPT has it
  std::string boot_id;
  UtcTime started;
  BootTime started_boot;
  std::vector<std::string> cgroups;
  std::string accounting;
  std::string checkpoint_request;  // as CheckpointPlan has it; "" for version 1

  bool takes_requests() const { return protocol >= 2; }
};

/// freeze.json; not there before the attempt is frozen for the first time.
struct FreezeRecord {
  bool frozen = false;
  UtcTime changed;
  BootTime changed_boot;
  Seconds before{0};  // how long it had been frozen in all until this change
};

std::optional<Outcome> outcome_from(std::string_view name);

Result<SupervisorRecord> read_supervisor(FileSystem& files, const std::string& folder);
Result<FreezeRecord> read_freeze(FileSystem& files, const std::string& folder);
Result<ExitRecord> read_exit(FileSystem& files, const std::string& folder);
/// exit.json of an attempt whose supervisor could not write it.
std::string to_json(const ExitRecord& record, std::string_view boot_id);

}  // namespace wattle::executor
