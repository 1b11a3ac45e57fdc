// Starts the job's main process: made first, executed when the supervisor is ready for it.
//
// Units:    none.
// Errors:   kIo: no process can be made. A command that cannot be executed is a StartFailure, which
//           is the user's to mend.
// Threads:  one thread.
// Lifetime: a child that is never released ends by itself, also when the supervisor dies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "options.h"
#include <signal.h>
#include <sys/types.h>

#include "wattle/base/result.h"
#include "wattle/energy/process_group.h"

namespace wattle::supervise {

/// What a process starts with that the supervisor changes for itself.
struct InheritedState {
  sigset_t mask{};
  struct sigaction pipe_action{};       // of SIGPIPE
  struct sigaction file_size_action{};  // of SIGXFSZ
};

/// Why the command did not run, as a shell would report it.
struct StartFailure {
  int exit_code = 0;  // 127: not found; 126: found, and cannot be executed
  std::string reason;
};

class Launch {
 public:
  struct Plan {
    std::vector<std::string> command;
    std::vector<std::string> environment;
    Stdio stdio = Stdio::kCapture;
    InheritedState inherited;
  };

  /// Makes the process, in its group and bound by its limits, and has it wait.
  static Result<Launch> prepare(const Plan& plan, const energy::ProcessGroup& group);
  ~Launch();
  Launch(Launch&& other) noexcept;
  Launch& operator=(Launch&&) = delete;

  pid_t pid() const { return pid_; }
  /// Read ends of the job's streams when they are captured, else -1; the caller takes them.
  int take_output() { return std::exchange(output_, -1); }
  int take_error() { return std::exchange(error_, -1); }
  /// Lets it execute the command; returns once it does, or with the reason why it cannot.
  std::optional<StartFailure> release();

 private:
  Launch() = default;
  pid_t pid_ = -1;
  std::string program_;
  int go_ = -1;
  int failure_ = -1;
  int output_ = -1;
  int error_ = -1;
};

}  // namespace wattle::supervise
