// Runs the attempts of jobs: starts them, tells their state, has them save their state, freezes and
// thaws them, interrupts and stops them, waits for them.
//
// An attempt is a folder (see store/home.h). Its supervisor outlives us, so an executor keeps no
// state of its own: everything is read back from the folder, by whoever comes next.
//
// Units:    Seconds, Bytes, CPUs; nanoseconds of UTC and of the boot clock in the exit record.
// Errors:   kNotFound: no such attempt. kUnavailable: the supervisor cannot be started, or is only
//           just starting. kUnsupported: the attempt runs on another host, or under a supervisor
//           of an earlier version. kIo as FileSystem. That the job's own command is missing is no
//           error of start(): it stands in the exit record (126, 127).
// Threads:  one thread per executor. Lifetime: borrows what it was made with.
// See:      docs/reference/supervisor-protocol.md, docs/reference/checkpoints.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/descriptor.h"
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

/// How the job is asked for a checkpoint, and how often.
struct CheckpointPlan {
  std::string request = "none";  // a signal's name ("SIGUSR1"), "file", or "none": it makes none
  Seconds timeout{120};          // for a confirmation, and again for reading what it confirms
  Seconds interval{0};           // between two requests; 0: Young's, with the measured cost
  Seconds mean_time_between_interruptions{86'400};
  std::string folder;  // WATTLE_CHECKPOINT_DIR; needed unless `request` is "none"
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
  CheckpointPlan checkpoint;
  std::vector<std::string> redact;  // names of variables whose values are kept out of the output
  /// A process that is none of the job's, as PID:START: counted with it, and otherwise left alone.
  std::string observed;  // "": none
};

enum class AttemptState {
  kStarting,  // the folder is there, its supervisor has not said anything yet
  kRunning,   // the supervisor is alive
  kEnded,     // there is an exit record
  kLost,      // the supervisor is gone and left no exit record
};

enum class Outcome {
  kExited,
  kSignaled,
  kNotStarted,
  kStopped,
  kTimeLimit,
  kMemoryLimit,
  kInterrupted,  // by interrupt(): to be gone on with
  kLost,
};

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
  std::string accounting;       // "cgroup2", "cgroup1", "subreaper"
  std::int64_t checkpoint = 0;  // number of the last one that was confirmed; 0: none was
  std::string checkpoint_path;  // of that one
  Seconds frozen{0};            // how much of the time it was frozen
};

/// A checkpoint that was confirmed, read, digested and made durable: a line of checkpoints.jsonl.
struct CheckpointRecord {
  std::int64_t number = 0;           // counts from 1 in each attempt
  std::string path;                  // below the folder of checkpoints, relative to it
  std::optional<std::int64_t> step;  // how far the training was, as the job says
  std::int64_t request = 0;          // that it answers; 0: the job made it by itself
  std::string sha256;                // of the file, or of the folder: base/path_digest.h
  std::int64_t bytes = 0;
  std::optional<UtcTime> requested;  // nullopt: nobody had asked
  std::optional<BootTime> requested_boot;
  UtcTime confirmed;
  BootTime confirmed_boot;
  std::optional<Seconds> cost;  // from the request to the confirmation
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
  /// Has the job make a checkpoint; it shows up in checkpoints(). Returns at once. Harmless while
  /// one is awaited, and when it has ended. kUnsupported: it makes none while it runs.
  /// kFailedPrecondition: it is frozen.
  virtual Status request_checkpoint(const std::string& folder) = 0;
  /// Ends it in order to go on later: a checkpoint, SIGTERM, grace, SIGKILL. A frozen one is thawed
  /// first. Returns at once; no error when it has ended already. The outcome is kInterrupted, or
  /// kExited when the job has finished meanwhile.
  virtual Status interrupt(const std::string& folder) = 0;
  /// Has its processes stand still, those that are just being started too: they use no CPU and
  /// keep their memory. Returns once they do. Doing it again is harmless. kFailedPrecondition: it
  /// has ended. kTimeout: they did not stand still.
  virtual Status freeze(const std::string& folder) = 0;
  /// Undoes freeze(). Returns once they go on; no error when it was not frozen, or has ended.
  virtual Status thaw(const std::string& folder) = 0;
  /// False when it has ended.
  virtual Result<bool> is_frozen(const std::string& folder) = 0;
  /// The checkpoints of this attempt that count, the oldest first; those that the job has removed
  /// since are among them. Empty before the first.
  virtual Result<std::vector<CheckpointRecord>> checkpoints(const std::string& folder) = 0;
  /// A descriptor that turns readable when the supervisor of the attempt has ended, for whoever
  /// waits for many at once: then ask exit_record(). Not open when it has gone already.
  /// kUnavailable: it is only just starting.
  virtual Result<Descriptor> open_end(const std::string& folder) = 0;
  /// Blocks until the attempt has ended (or was found lost, which is settled here), without
  /// polling. Returns kCancelled when `cancel` (a descriptor, -1 for none) becomes readable first.
  virtual Result<ExitRecord> wait(const std::string& folder, int cancel) = 0;
  /// The record of an ended attempt; of a lost one after ending what is left of its processes.
  virtual Result<ExitRecord> exit_record(const std::string& folder) = 0;
};

}  // namespace wattle::executor
