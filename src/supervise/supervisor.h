// Supervises one attempt of a job from before its first instruction until nothing of it is left.
//
// Units:    Seconds, BootTime.
// Errors:   run() fails only when no end could be recorded; whatever befalls the job is in
//           exit.json. Before the attempt's lock is held nothing is written.
// Threads:  one thread; everything is an event of one epoll.
// Lifetime: borrows its FileSystem and Clock.
// See:      docs/reference/supervisor-protocol.md
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attempt_files.h"
#include "captured_streams.h"
#include "checkpoints.h"
#include "event_sources.h"
#include "journal.h"
#include "launch.h"
#include "meter_link.h"
#include "options.h"
#include "requests.h"

#include "wattle/energy/process_group.h"

namespace wattle::supervise {

class Supervisor {
 public:
  /// `environment` is the job's ("NAME=value"); WATTLE_ATTEMPT is added when it is not in it.
  Supervisor(FileSystem& files, const Clock& clock, Options options,
             std::vector<std::string> environment);

  Status run();

 private:
  /// Why the attempt is being ended, when it is not for its main process having ended.
  enum class Cause { kNone, kStopped, kTimeLimit, kInterrupted };
  struct Sources {
    EventLoop loop;
    SignalSource signals;
    Timer tick;
    Timer limit;
    Timer ending;
    Timer meter;
  };

  Result<Sources> make_sources();
  Status prepare();
  Status start();
  void record_failure(int exit_code, std::string reason);
  Status finish();
  void connect_handlers();

  void on_signals();
  void on_tick();
  void on_meter();
  void on_meter_retry();
  void on_ending();
  void watch_meter();
  void reap();
  void answer(Request request);
  void stop(Cause cause);
  void interrupt();
  void on_request_settled();
  void ask_to_end();
  void end_rest();
  void kill_all();
  bool is_over();
  void note_end();
  void freeze();
  void thaw();
  void save_freeze();
  energy::GroupSample take_sample();
  void record_sample();
  std::string how_it_ended() const;
  std::string describe_interruption() const;
  bool finished_by_itself() const;
  void describe_end();

  FileSystem& files_;
  const Clock& clock_;
  Options options_;
  Launch::Plan plan_;
  MeterLink meter_;
  std::optional<Sources> sources_;
  std::unique_ptr<AttemptFiles> attempt_;
  std::unique_ptr<energy::ProcessGroup> group_;
  std::unique_ptr<CapturedStreams> streams_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Checkpoints> checkpoints_;  // null: nobody confirms any
  ExitDocument end_;
  pid_t main_ = -1;
  bool main_ended_ = false;
  bool resting_ = false;  // what the main process left behind has been asked to end
  bool given_up_ = false;
  bool ended_unasked_ = false;  // the main process ended before it was sent SIGTERM
  bool awaiting_ = false;       // an interruption waits for a checkpoint
  bool asked_to_end_ = false;   // by SIGTERM
  Cause cause_ = Cause::kNone;
  std::optional<BootTime> killing_since_;
  std::optional<BootTime> limit_at_;
  std::optional<BootTime> frozen_since_;
  std::string freeze_means_;
  ClockReading freeze_changed_;
  bool freeze_saved_ = true;
  bool has_ended_ = false;  // nothing of the job is left; a checkpoint may still be being read
};

}  // namespace wattle::supervise
