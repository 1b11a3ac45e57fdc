// The surroundings of the caller at submission, kept with the run, so that a job that starts later,
// started by another process, finds the same: environment, umask, niceness, limits.
//
// File:     RUN/environment, for its owner only (0600), without secrets; any bytes but NUL.
// Units:    as setrlimit(2); RLIM_INFINITY is "no limit".
// Errors:   the file system's; kParse: the file is damaged.
// Threads:  as its FileSystem. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/executor/environment.h"

namespace wattle::executor {

struct ResourceLimit {
  std::string name;  // as prlimit(1) has it: "nofile"
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;

  friend bool operator==(const ResourceLimit&, const ResourceLimit&) = default;
};

/// What a process passes on to those that it starts, beside its environment.
struct ProcessSettings {
  std::uint32_t umask = 022;
  std::int32_t niceness = 0;
  std::vector<ResourceLimit> limits;

  friend bool operator==(const ProcessSettings&, const ProcessSettings&) = default;
};

/// Of this process.
ProcessSettings own_settings();

/// The command with these settings, where they differ from `own`: by words before it. Settings that
/// need privileges to go back to (a higher limit, a lower niceness) are left out.
std::vector<std::string> with_settings(std::vector<std::string> argv, const ProcessSettings& wanted,
                                       const ProcessSettings& own);

struct StoredEnvironment {
  Environment variables;
  std::vector<std::string> secret_names;  // of variables that the vault keeps instead
  ProcessSettings settings;
};

/// Without what belongs to one terminal or to the run that submitted it: WATTLE_ATTEMPT, COLUMNS,
/// TMUX and the like.
Environment storable(Environment caller);

std::string stored_environment_file(std::string_view run_folder);
Status store_environment(FileSystem& files, const std::string& run_folder,
                         const StoredEnvironment& stored);
Result<StoredEnvironment> load_environment(FileSystem& files, const std::string& run_folder);
/// Nothing there is no error.
Status remove_environment(FileSystem& files, const std::string& run_folder);

}  // namespace wattle::executor
