#include "launch.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::supervise {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotExecutable = 126;

/// Sent by the child through a pipe that closes by itself when the command is executed. Smaller
/// than PIPE_BUF, so it comes whole.
struct ChildFailure {
  int error = 0;                  // of the command
  std::array<char, 256> setup{};  // what failed before the command, ended by zero; "": the command
};

struct Pipe {
  int read = -1;
  int write = -1;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return error_from_errno(errno, "making a pipe");
  }
  return Pipe{.read = ends[0], .write = ends[1]};
}

void close_if_open(int descriptor) {
  if (descriptor >= 0) {
    ::close(descriptor);
  }
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  for (const auto& word : words) {
    result.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execve does not write to them
  }
  result.push_back(nullptr);
  return result;
}

struct ChildEnds {
  pid_t supervisor = 0;
  Pipe go;
  Pipe failure;
  Pipe output;
  Pipe error;
};

[[noreturn]] void fail(int pipe, int error, std::string_view setup) {
  ChildFailure failure{.error = error};
  setup.copy(failure.setup.data(), failure.setup.size() - 1);
  [[maybe_unused]] const ssize_t written = ::write(pipe, &failure, sizeof failure);
  ::_exit(kNotExecutable);
}

/// Empty input, captured streams, a process group of its own.
void detach_streams(const ChildEnds& ends) {
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(ends.output.write, STDOUT_FILENO);
  ::dup2(ends.error.write, STDERR_FILENO);
}

[[noreturn]] void run_child(const Launch::Plan& plan, const energy::ProcessGroup& group,
                            const ChildEnds& ends) {
  // The supervisor's death takes the main process along; one that died before this line is found by
  // the parent's pid.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != ends.supervisor) {
    ::_exit(kNotExecutable);
  }
  if (plan.stdio == Stdio::kCapture) {
    detach_streams(ends);
  }
  ::close(ends.go.write);
  if (const auto entered = group.enter(); !entered.ok()) {
    fail(ends.failure.write, 0, entered.error().message());
  }
  char released = 0;
  if (::read(ends.go.read, &released, 1) != 1) {
    ::_exit(kNotExecutable);
  }
  ::sigaction(SIGPIPE, &plan.inherited.pipe_action, nullptr);
  ::sigaction(SIGXFSZ, &plan.inherited.file_size_action, nullptr);
  ::sigprocmask(SIG_SETMASK, &plan.inherited.mask, nullptr);
  const auto argv = pointers(plan.command);
  const auto environment = pointers(plan.environment);
  ::execvpe(argv[0], argv.data(), environment.data());
  fail(ends.failure.write, errno, "");
}

/// A script whose first line names an interpreter that is not there also fails with ENOENT.
bool exists_by_path(const std::string& program) {
  struct stat info{};
  return program.find('/') != std::string::npos && ::stat(program.c_str(), &info) == 0;
}

StartFailure explain(const std::string& program, const ChildFailure& failure) {
  const std::string error = std::strerror(failure.error);  // NOLINT(concurrency-mt-unsafe)
  if (failure.setup.front() != '\0') {
    return {kNotExecutable,
            concat("the job's process could not be set up: ", failure.setup.data())};
  }
  if (failure.error == ENOENT && exists_by_path(program)) {
    return {kNotExecutable, program + ": the interpreter that its first line names is not there"};
  }
  if (failure.error == ENOENT || failure.error == ENOTDIR) {
    return {kNotFound, program + ": command not found; check its name, or PATH"};
  }
  return {kNotExecutable, program + ": cannot be executed: " + error};
}

}  // namespace

Result<Launch> Launch::prepare(const Plan& plan, const energy::ProcessGroup& group) {
  ChildEnds ends{.supervisor = ::getpid()};
  WATTLE_ASSIGN_OR_RETURN(ends.go, make_pipe());
  WATTLE_ASSIGN_OR_RETURN(ends.failure, make_pipe());
  if (plan.stdio == Stdio::kCapture) {
    WATTLE_ASSIGN_OR_RETURN(ends.output, make_pipe());
    WATTLE_ASSIGN_OR_RETURN(ends.error, make_pipe());
  }
  Launch launch;
  launch.program_ = plan.command.front();
  launch.pid_ = ::fork();
  const int error = errno;
  if (launch.pid_ == 0) {
    run_child(plan, group, ends);
  }
  launch.go_ = ends.go.write;
  launch.failure_ = ends.failure.read;
  launch.output_ = ends.output.read;
  launch.error_ = ends.error.read;
  for (const int end : {ends.go.read, ends.failure.write, ends.output.write, ends.error.write}) {
    close_if_open(end);
  }
  if (launch.pid_ < 0) {
    return error_from_errno(error, "starting a process for the job");
  }
  return launch;
}

Launch::~Launch() {
  for (const int end : {go_, failure_, output_, error_}) {
    close_if_open(end);
  }
}

Launch::Launch(Launch&& other) noexcept
    : pid_(other.pid_),
      program_(std::move(other.program_)),
      go_(std::exchange(other.go_, -1)),
      failure_(std::exchange(other.failure_, -1)),
      output_(std::exchange(other.output_, -1)),
      error_(std::exchange(other.error_, -1)) {}

std::optional<StartFailure> Launch::release() {
  const char go = 1;
  [[maybe_unused]] const ssize_t written = ::write(go_, &go, 1);  // a dead child answers below
  close_if_open(std::exchange(go_, -1));
  ChildFailure failure;
  ssize_t count = 0;
  do {
    count = ::read(failure_, &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof failure)) {
    return explain(program_, failure);
  }
  return std::nullopt;
}

}  // namespace wattle::supervise
