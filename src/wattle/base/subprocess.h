// Starting other programs and waiting for them, behind an interface so that tests can stand in.
//
// Units:    Seconds.
// Errors:   start() is kNotFound or kPermissionDenied when the program cannot be executed.
// Threads:  start() from any thread; a Process from one.
// Lifetime: a Process that ends before its program leaves the program running; wait() reaps it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle {

/// What to start. The program is looked up in PATH unless it holds a slash.
struct Command {
  std::vector<std::string> argv;
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; unset: ours
  std::string folder;                                   // "": ours
  int input = 0;                                        // descriptors that become 0, 1 and 2
  int output = 1;
  int error = 2;
  bool new_session = false;  // setsid: no terminal signal reaches it
};

/// How a program ended: by exit code, or by a signal.
struct ExitStatus {
  int code = 0;
  int signal = 0;  // 0: it exited by itself

  bool success() const { return code == 0 && signal == 0; }
  /// What a shell would report: the code, or 128 + signal.
  int shell_code() const { return signal != 0 ? 128 + signal : code; }
};

class Process {
 public:
  virtual ~Process() = default;
  virtual pid_t pid() const = 0;
  /// A descriptor that turns readable when the program has ended. Owned by the Process.
  virtual int pidfd() const = 0;
  virtual Result<ExitStatus> wait() = 0;
  /// nullopt while it runs.
  virtual Result<std::optional<ExitStatus>> poll() = 0;
  virtual Status signal(int number) = 0;
};

class Subprocess {
 public:
  virtual ~Subprocess() = default;
  virtual Result<std::unique_ptr<Process>> start(const Command& command) = 0;
};

class RealSubprocess final : public Subprocess {
 public:
  Result<std::unique_ptr<Process>> start(const Command& command) override;
};

/// What a helper program printed, and how it ended.
struct Captured {
  ExitStatus status;
  std::string output;
};

/// Runs to the end with standard output captured (at most `limit` bytes, the rest is dropped),
/// input from /dev/null and standard error dropped. After `timeout` the program is killed:
/// kTimeout.
Result<Captured> run_captured(Subprocess& subprocess, Command command, Seconds timeout,
                              std::size_t limit = 1 << 20);

}  // namespace wattle
