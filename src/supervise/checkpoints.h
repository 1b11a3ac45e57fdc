// Asks a job for checkpoints, takes its confirmations, and writes down those that count.
//
// A request is open from when it is made until the checkpoint that answers it counts, or its time
// is over; there is at most one. A confirmation is read when it is renamed into place, waits for
// its turn, and is verified by a process of its own.
//
// Units:    Seconds.
// Errors:   what a job confirms wrongly, or not at all, is a line of the journal: the job goes on.
// Threads:  one thread. Lifetime: borrows what it is made with, which outlives it.
// See:      docs/reference/checkpoints.md
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "checkpoint_log.h"
#include "checkpoint_verifier.h"
#include "event_sources.h"
#include "journal.h"
#include "options.h"

namespace wattle::supervise {

class Checkpoints {
 public:
  struct Around {
    EventLoop& loop;
    FileSystem& files;
    const Clock& clock;
    Journal& journal;
    std::string folder;  // of the attempt
  };
  struct Hooks {
    std::function<std::size_t(int)> signal_job;  // sends it to who catches it; how many do
    std::function<void(pid_t)> exclude;          // a process of ours that is not the job's
    std::function<void()> settled;               // no request is open any more
  };
  enum class Why { kInterval, kCommand, kInterruption };

  static Result<std::unique_ptr<Checkpoints>> create(const Around& around,
                                                     const CheckpointOptions& options, Hooks hooks);
  ~Checkpoints();
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  /// What the job needs to know, as entries of its environment.
  static std::vector<std::string> environment(const CheckpointOptions& options,
                                              const std::string& attempt_folder);

  /// The job has started: requests at intervals begin.
  void start();
  /// Makes a request, unless one is open: that one will do. settled() is called when it is no
  /// longer open, which may be at once.
  void request(Why why);
  bool has_open_request() const { return open_.has_value(); }
  /// Sees whether something was confirmed. For each tick, when the folder cannot be watched, and
  /// for the end.
  void look();
  bool watches() const { return watch_.is_open(); }
  /// No more requests: the job is being ended.
  void stop_asking();
  /// The time in which the job stands still counts for nothing.
  void pause();
  void resume();
  /// True: the process was one of ours.
  bool reaped(pid_t pid, const rusage& usage);
  /// Nothing that was confirmed is still being verified.
  bool is_idle() const { return waiting_.empty() && !verifier_.is_running(); }
  /// Gives up what is being verified.
  void abandon();

  std::int64_t last_number() const { return last_ ? last_->number : 0; }
  std::string last_path() const { return last_ ? last_->confirmation.path : ""; }
  /// The request by which it was interrupted counts; else why it does not, for people.
  bool last_request_counts() const { return last_request_counts_; }
  const std::string& obstacle() const { return obstacle_; }
  std::int64_t cpu_microseconds() const { return verifier_.cpu_microseconds(); }

 private:
  struct Asked {
    ClockReading at;
    Seconds frozen{0};  // since then
  };
  struct Open {
    std::int64_t number = 0;
    BootTime deadline;
    bool urgent = false;  // an interruption waits for it
  };
  struct Confirmed {
    Confirmation confirmation;
    ClockReading at;
    std::optional<ClockReading> requested;
    std::optional<Seconds> cost;
  };
  /// By which a file is known again that was read before.
  struct Identity {
    std::uint64_t inode = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };

  Checkpoints(const Around& around, CheckpointOptions options, Hooks hooks, Timer timer)
      : around_(around),
        options_(std::move(options)),
        hooks_(std::move(hooks)),
        timer_(std::move(timer)),
        log_(around.files, path_join(around.folder, "checkpoints.jsonl"),
             Bytes(limits::kCheckpointLogBytes)) {}

  bool asks_at_intervals() const;
  Seconds interval() const;
  void watch();
  void on_watch();
  void on_timer();
  void schedule_next();
  void arm();
  void close_request(std::string obstacle);
  Confirmed confirmed_now(Confirmation confirmation) const;
  void verify_next();
  void take(Result<PathDigest> digest);
  void record(const Confirmed& confirmed, PathDigest digest);
  bool is_repeated(const Confirmed& confirmed, const PathDigest& digest) const;
  ClockReading now() const { return {around_.clock.utc_now(), around_.clock.boot_now()}; }

  Around around_;
  CheckpointOptions options_;
  Hooks hooks_;
  Timer timer_;
  CheckpointLog log_;
  CheckpointVerifier verifier_;
  OwnedDescriptor watch_{};
  std::optional<Identity> seen_;
  std::int64_t requests_ = 0;
  std::int64_t numbers_ = 0;
  std::map<std::int64_t, Asked> asked_;  // the newest of them
  std::optional<Open> open_;
  std::deque<Confirmed> waiting_;
  std::optional<Confirmed> verified_;  // that which the verifier reads
  std::optional<BootTime> verify_by_;
  std::optional<BootTime> next_request_;
  std::optional<BootTime> paused_;
  std::optional<CheckpointEntry> last_;
  bool last_request_counts_ = false;
  std::string obstacle_;
  double costs_ = 0;  // seconds, of all
  std::int64_t measured_ = 0;
};

}  // namespace wattle::supervise
