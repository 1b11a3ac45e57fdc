// The way into the command line: all of main().
//
// Units:    exit codes as base/error_code.h. Errors: reported on standard error, one line.
// Threads:  one thread. Lifetime: none.
#pragma once

#include <functional>
#include <optional>

#include "wattle/base/result.h"
#include "wattle/job/surroundings.h"

namespace wattle::cli {

/// What `wattle up` runs: the server, which the command line does not know.
struct ServerOrder {
  job::Surroundings around;
  std::string database_url;
  std::optional<Seconds> idle_exit;  // nullopt: never
  std::function<void()> on_ready;
  bool is_background = false;
};
using ServerEntry = std::function<Status(ServerOrder)>;

/// Parses, dispatches, reports; returns the exit code. `environment` as environ.
int run_command_line(int argc, const char* const* argv, const char* const* environment,
                     const ServerEntry& serve);

}  // namespace wattle::cli
