// Runs the attempts of jobs: starts them, tells their state, stops them, waits for them.
//
// An attempt is a folder (see store/home.h). Its supervisor outlives us, so an executor keeps no
// state of its own: everything is read back from the folder, by whoever comes next.
//
// Units:    Seconds, Bytes, CPUs; nanoseconds of UTC and of the boot clock in the exit record.
// Errors:   kNotFound: no such attempt. kUnavailable: the supervisor cannot be started. kIo as
// FileSystem. That the
//           job's own command is missing is no error of start(): it stands in the exit record (126,
//           127).
// Threads:  one thread per executor. Lifetime: borrows what it was made with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/limits.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::executor {

enum class Streams {
  kCapture,               // into output.log
  kInherit,               // the caller's streams and terminal
  kInheritOutputToError,  // likewise, but what the job prints goes to standard error
};

struct AttemptSpec {
  std::string folder;  // of the attempt; exists
  std::string run;
  std::uint32_t attempt = 1;
  std::string project = "default";
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value", complete
  std::string working_folder;
  double cpus = 0;  // 0: no limit
  bool reserve_cpus = false;
  Bytes memory{0};        // 0: no limit
  Seconds time_limit{0};  // 0: no limit
  Seconds grace{30};
  Bytes output_limit{limits::kJobOutputBytes};
  Streams streams = Streams::kCapture;
};

enum class AttemptState {
  kStarting,  // the folder is there, its supervisor has not said anything yet
  kRunning,   // the supervisor is alive
  kEnded,     // there is an exit record
  kLost,      // the supervisor is gone and left no exit record
};

enum class Outcome { kExited, kSignaled, kNotStarted, kStopped, kTimeLimit, kMemoryLimit, kLost };

std::string_view to_string(Outcome outcome);

/// exit.json, as wattle-supervise or settle_lost() wrote it.
struct ExitRecord {
  Outcome outcome = Outcome::kExited;
  int exit_code = 0;
  int signal = 0;
  std::string reason;  // a sentence for people; "" when the command exited by itself
  UtcTime started;
  UtcTime ended;
  BootTime started_boot;
  BootTime ended_boot;
  std::int64_t cpu_microseconds = 0;
  std::int64_t memory_peak_bytes = 0;
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
  std::int64_t output_dropped_bytes = 0;    // could not be stored
  std::int64_t output_discarded_bytes = 0;  // the oldest, which went to keep the limit
  bool metered = false;
  std::string accounting;  // "cgroup2", "cgroup1", "subreaper"
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// Returns once the supervisor has taken the attempt over: from then on it needs nobody.
  virtual Status start(const AttemptSpec& spec) = 0;
  virtual Result<AttemptState> state(const std::string& folder) = 0;
  /// Asks for a graceful stop: SIGTERM, grace, SIGKILL. Returns at once; no error when it has ended
  /// already.
  virtual Status stop(const std::string& folder) = 0;
  /// Kills at once.
  virtual Status kill(const std::string& folder) = 0;
  /// Blocks until the attempt has ended (or was found lost, which is settled here), without
  /// polling. Returns kCancelled when `cancel` (a descriptor, -1 for none) becomes readable first.
  virtual Result<ExitRecord> wait(const std::string& folder, int cancel) = 0;
  /// The record of an ended attempt; of a lost one after ending what is left of its processes.
  virtual Result<ExitRecord> exit_record(const std::string& folder) = 0;
};

}  // namespace wattle::executor
