// The two documents of an attempt, read back: supervisor.json, written when it starts, and
// exit.json, its end.
//
// Units:    as executor.h; the keys of the JSON say theirs.
// Errors:   kNotFound: the document is not there. kParse: it is damaged, or of a protocol that we
// do not know. Threads:  as their FileSystem. Lifetime: value types. See:
// docs/reference/supervisor-protocol.md
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

inline constexpr std::int64_t kSupervisorProtocol = 1;

std::string supervisor_file(const std::string& folder);
std::string exit_file(const std::string& folder);
std::string lock_file(const std::string& folder);

struct SupervisorRecord {
  pid_t pid = 0;
  std::string owner;  // "RUN/ATTEMPT", as WATTLE_ATTEMPT has it
  std::string boot_id;
  UtcTime started;
  BootTime started_boot;
  std::vector<std::string> cgroups;
  std::string accounting;
};

std::optional<Outcome> outcome_from(std::string_view name);

Result<SupervisorRecord> read_supervisor(FileSystem& files, const std::string& folder);
Result<ExitRecord> read_exit(FileSystem& files, const std::string& folder);
/// exit.json of an attempt whose supervisor could not write it.
std::string to_json(const ExitRecord& record, std::string_view boot_id);

}  // namespace wattle::executor
