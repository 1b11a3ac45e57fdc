// Runs attempts on this host: each under a supervisor process of its own, which outlives us.
//
// Units:    as executor.h.
// Errors:   start(): kNotFound: no such working folder. kUnavailable: the supervisor program is
// missing, or it ended
//           before it took the attempt over (its own words are in the message, and in
//           supervisor.log).
// Threads:  one thread per executor; any number of executors and processes may look at one attempt.
// Lifetime: borrows its FileSystem, Subprocess and Clock. Attempts go on when it ends.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "wattle/base/descriptor.h"
#include "wattle/base/file.h"
#include "wattle/base/subprocess.h"
#include "wattle/base/time.h"
#include "wattle/executor/executor.h"

namespace wattle::executor {

class FolderWatch;
enum class Request;

class LocalExecutor final : public Executor {
 public:
  struct Options {
    std::string supervisor_program;          // wattle-supervise
    std::vector<std::string> meter_sockets;  // tried in this order; none: the job runs unmetered
    std::vector<std::string> meter_start;    // starts a node meter when none of them answers
    Seconds period{1};                       // of the usage records
  };

  LocalExecutor(FileSystem& files, Subprocess& subprocess, const Clock& clock, Options options);
  ~LocalExecutor() override = default;

  Status start(const AttemptSpec& spec) override;
  Result<AttemptState> state(const std::string& folder) override;
  Status stop(const std::string& folder) override;
  Status kill(const std::string& folder) override;
  Status request_checkpoint(const std::string& folder) override;
  Status interrupt(const std::string& folder) override;
  Status freeze(const std::string& folder) override;
  Status thaw(const std::string& folder) override;
  Result<bool> is_frozen(const std::string& folder) override;
  Result<std::vector<CheckpointRecord>> checkpoints(const std::string& folder) override;
  Result<Descriptor> open_end(const std::string& folder) override;
  Result<ExitRecord> wait(const std::string& folder, int cancel) override;
  Result<ExitRecord> exit_record(const std::string& folder) override;

 private:
  enum class Change { kCancelled, kSupervisorEnded, kPerhaps };
  enum class Motion { kFrozen, kThawed };

  std::vector<std::string> command_line(const AttemptSpec& spec) const;
  Result<std::unique_ptr<Process>> spawn(const AttemptSpec& spec);
  Status wait_for_takeover(Process& supervisor, FolderWatch& watch, const AttemptSpec& spec);
  /// The supervisor, held by a descriptor that is not open when it has gone. kNotFound: it has not
  /// said who it is.
  Result<Descriptor> open_supervisor(const std::string& folder);
  /// To the supervisor, while there is one.
  Status signal(const std::string& folder, std::initializer_list<int> numbers);
  Status ask(const std::string& folder, Request request);
  /// Also returns when it has ended.
  Status wait_until(const std::string& folder, Motion motion);
  Result<Change> wait_for_change(const std::string& folder, int cancel);
  /// While nobody has said who the supervisor is: it says so soon, or never will.
  Result<Change> wait_for_word(const std::string& folder, int cancel);
  bool has_ended_supervisor(const std::string& folder);
  void reap();

  FileSystem& files_;
  Subprocess& subprocess_;
  const Clock& clock_;
  Options options_;
  std::map<std::string, std::unique_ptr<Process>> started_;  // by folder, until they are reaped
};

}  // namespace wattle::executor
