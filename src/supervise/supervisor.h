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
#include "event_sources.h"
#include "launch.h"
#include "meter_link.h"
#include "options.h"

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
  enum class Cause { kNone, kStopped, kTimeLimit };
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
  void stop(Cause cause);
  void end_rest();
  void kill_all();
  bool is_over();
  energy::GroupSample take_sample();
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
  ExitDocument end_;
  pid_t main_ = -1;
  bool main_ended_ = false;
  bool resting_ = false;  // what the main process left behind has been asked to end
  bool given_up_ = false;
  Cause cause_ = Cause::kNone;
  std::optional<BootTime> killing_since_;
};

}  // namespace wattle::supervise
