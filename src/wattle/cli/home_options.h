// What the user typed for commands over a home: removing, putting away, bringing back.
//
// Units:    durations as typed ("7d"). Errors: none. Threads: value types. Lifetime: value types.
// See:      docs/reference/cli.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wattle::cli {

struct GcOptions {
  bool dry_run = false;
  bool verify = false;  // compares artifacts with their digests instead
  std::string grace = "1d";
  std::optional<std::string> runs_older_than;
  std::int64_t keep_last = 0;
  bool json = false;
};

struct BackupVerbOptions {
  std::optional<std::string> destination;
  bool json = false;
};

struct RestoreVerbOptions {
  std::string backup;
  std::optional<std::string> home;
  bool json = false;
};

}  // namespace wattle::cli
