// Reads a confirmed checkpoint in a process of its own, so that the supervisor goes on meanwhile:
// makes it durable, then digests it.
//
// Units:    microseconds of CPU time.
// Errors:   what cannot be read, and why, is the result.
// Threads:  one thread. Lifetime: the process is killed when the object ends, and with us.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "event_sources.h"
#include <sys/resource.h>
#include <sys/types.h>

#include "wattle/base/path_digest.h"

namespace wattle::supervise {

class CheckpointVerifier {
 public:
  CheckpointVerifier() = default;
  ~CheckpointVerifier() { abort(); }
  CheckpointVerifier(const CheckpointVerifier&) = delete;
  CheckpointVerifier& operator=(const CheckpointVerifier&) = delete;

  /// `root` is the folder that `path` is below. REQUIRES: !is_running().
  Status start(const std::string& root, const std::string& path, int niceness);
  bool is_running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  /// Kills it; that it has ended is still to be told by reaped().
  void abort();
  /// REQUIRES: wait4 has reaped it.
  Result<PathDigest> reaped(const rusage& usage);
  /// Of all that were reaped.
  std::int64_t cpu_microseconds() const { return cpu_microseconds_; }

 private:
  pid_t pid_ = -1;
  OwnedDescriptor answer_{};
  std::int64_t cpu_microseconds_ = 0;
};

/// Makes `path` durable: its files, its folders, and those from it up to `root`.
Status sync_below(const std::string& root, const std::string& path);

}  // namespace wattle::supervise
