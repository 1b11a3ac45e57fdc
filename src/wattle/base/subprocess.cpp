#include "wattle/base/subprocess.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/time.h"

namespace wattle {
namespace {

int pidfd_open(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

ExitStatus decode(int status) {
  if (WIFSIGNALED(status)) {
    return {.code = 0, .signal = WTERMSIG(status)};
  }
  return {.code = WEXITSTATUS(status), .signal = 0};
}

class RealProcess final : public Process {
 public:
  explicit RealProcess(pid_t pid) : pid_(pid), pidfd_(pidfd_open(pid)) {}
  ~RealProcess() override {
    if (pidfd_ >= 0) {
      ::close(pidfd_);
    }
  }
  RealProcess(const RealProcess&) = delete;
  RealProcess& operator=(const RealProcess&) = delete;

  pid_t pid() const override { return pid_; }
  int pidfd() const override { return pidfd_; }
  Result<ExitStatus> wait() override {
    WATTLE_ASSIGN_OR_RETURN(const auto ended, reap(0));
    return *ended;
  }
  Result<std::optional<ExitStatus>> poll() override { return reap(WNOHANG); }
  Status signal(int number) override {
    // The pid stays ours until it is reaped, so it cannot name a stranger.
    if (!ended_ && ::kill(pid_, number) != 0) {
      return error_from_errno(errno, "signalling process " + std::to_string(pid_));
    }
    return {};
  }

 private:
  Result<std::optional<ExitStatus>> reap(int options) {
    if (ended_) {
      return ended_;
    }
    int status = 0;
    pid_t reaped = -1;
    do {
      reaped = ::waitpid(pid_, &status, options);
    } while (reaped < 0 && errno == EINTR);
    if (reaped < 0) {
      return error_from_errno(errno, "waiting for process " + std::to_string(pid_));
    }
    if (reaped == pid_) {
      ended_ = decode(status);
    }
    return ended_;
  }

  pid_t pid_;
  int pidfd_;
  std::optional<ExitStatus> ended_;
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (const auto& word : words) {
    result.push_back(
        const_cast<char*>(word.c_str()));  // NOLINT: posix_spawn does not write to them
  }
  result.push_back(nullptr);
  return result;
}

/// Signals that a Command's program starts with as if from a fresh shell, whatever we block or
/// ignore.
void reset_signals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD}) {
    sigaddset(&defaults, number);
  }
  posix_spawnattr_setsigdefault(&attributes, &defaults);
}

}  // namespace

Result<std::unique_ptr<Process>> RealSubprocess::start(const Command& command) {
  WATTLE_CHECK(!command.argv.empty(), "a command needs a program");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::array wanted{command.input, command.output, command.error};
  for (int target = 0; target < 3; ++target) {
    posix_spawn_file_actions_adddup2(&actions, wanted[static_cast<std::size_t>(target)], target);
  }
  if (!command.folder.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, command.folder.c_str());
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  reset_signals(attributes);
  const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                    (command.new_session ? POSIX_SPAWN_SETSID : 0);
  posix_spawnattr_setflags(&attributes, static_cast<short>(flags));

  auto argv = pointers(command.argv);
  std::vector<char*> own_environment;
  if (command.environment) {
    own_environment = pointers(*command.environment);
  }
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(),
                                   command.environment ? own_environment.data() : environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return error_from_errno(error, "starting " + command.argv[0]);
  }
  return std::unique_ptr<Process>(std::make_unique<RealProcess>(pid));
}

namespace {

/// Reads from the pipe until it closes (true) or the deadline passes (false).
bool drain_until(int pipe, BootTime deadline, std::size_t limit, std::string& output) {
  const SystemClock clock;
  std::array<char, 4096> block{};
  for (;;) {
    const double left = (deadline - clock.boot_now()).value();
    pollfd ready{.fd = pipe, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left * 1e3) + 1) == 0) {
      return false;
    }
    const ssize_t count = ::read(pipe, block.data(), block.size());
    if (count == 0 || (count < 0 && errno != EINTR)) {
      return true;
    }
    if (count > 0 && output.size() < limit) {
      output.append(block.data(), std::min(static_cast<std::size_t>(count), limit - output.size()));
    }
  }
}

}  // namespace

Result<Captured> run_captured(Subprocess& subprocess, Command command, Seconds timeout,
                              std::size_t limit) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return error_from_errno(errno, "making a pipe");
  }
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  command.input = null;
  command.output = pipe[1];
  command.error = null;
  auto process = subprocess.start(command);
  ::close(pipe[1]);
  ::close(null);
  Captured captured;
  bool ended = false;
  if (process.ok()) {
    ended = drain_until(pipe[0], SystemClock().boot_now() + timeout, limit, captured.output);
  }
  ::close(pipe[0]);
  if (!process.ok()) {
    return process.error();
  }
  if (!ended) {
    (void)(*process)->signal(SIGKILL).ok();
  }
  WATTLE_ASSIGN_OR_RETURN(captured.status, (*process)->wait());
  if (!ended) {
    return Error(ErrorCode::kTimeout,
                 command.argv[0] + " did not end within " + format_duration(timeout));
  }
  return captured;
}

}  // namespace wattle
