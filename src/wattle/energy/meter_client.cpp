#include "wattle/energy/meter_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/energy/unix_address.h"

namespace wattle::energy {
namespace {

using Deadline = std::chrono::steady_clock::time_point;
constexpr std::size_t kLineBytes = 512;
constexpr int kFirstPauseMilliseconds = 2;
constexpr int kLongestPauseMilliseconds = 50;

Deadline deadline_after(Seconds timeout) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(
             std::chrono::duration<double>(timeout.value()));
}

int milliseconds_until(Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
}

/// True when it can be read (or has ended) before the deadline.
bool wait_readable(int descriptor, Deadline deadline) {
  pollfd waiting{descriptor, POLLIN, 0};
  for (;;) {
    const int ready = ::poll(&waiting, 1, milliseconds_until(deadline));
    if (ready >= 0 || errno != EINTR) {
      return ready > 0;
    }
  }
}

Error gone() {
  return {ErrorCode::kUnavailable, "the node meter has gone; connect again"};
}

/// The next line, without its end. One byte at a time: lines are short and rare, and nothing that
/// follows may be taken.
Result<std::string> read_line(int descriptor, Deadline deadline) {
  std::string line;
  while (line.size() < kLineBytes) {
    if (!wait_readable(descriptor, deadline)) {
      return Error(ErrorCode::kUnavailable, "the node meter does not answer");
    }
    char byte = 0;
    const ssize_t count = ::recv(descriptor, &byte, 1, MSG_DONTWAIT);
    if (count == 1 && byte == '\n') {
      return line;
    }
    if (count == 1) {
      line += byte;
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      return gone();
    }
  }
  return gone();
}

/// The instant of "WORD BOOT_NS"; kFailedPrecondition with the meter's own words for "failed
/// REASON".
Result<BootTime> read_answer(int descriptor, std::string_view word, Deadline deadline) {
  WATTLE_ASSIGN_OR_RETURN(const auto line, read_line(descriptor, deadline));
  const std::string_view text = line;
  if (text.starts_with(word) && text.size() > word.size()) {
    if (const auto instant = parse_integer(text.substr(word.size() + 1))) {
      return BootTime{*instant};
    }
  }
  return Error(ErrorCode::kFailedPrecondition, "the node meter says: " + line);
}

BootTime boot_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return {std::int64_t{now.tv_sec} * kNanosPerSecond + now.tv_nsec};
}

/// A connected descriptor whose meter has greeted, or why not.
Result<int> try_connect(const std::string& path, Deadline deadline) {
  WATTLE_ASSIGN_OR_RETURN(const auto address, UnixAddress::create(path));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return error_from_errno(errno, "making a socket");
  }
  if (::connect(descriptor, address.address(), address.size()) != 0) {
    auto error = error_from_errno(errno, "connecting to the node meter at " + path);
    ::close(descriptor);
    return error;
  }
  if (auto greeting = read_answer(descriptor, "ready", deadline); !greeting) {
    ::close(descriptor);
    return greeting.error();
  }
  return descriptor;
}

/// In the child of a fork: only calls that are safe there. The grandchild becomes the meter, so
/// that it is nobody's child here and outlives its client.
[[noreturn]] void become_starter(char* const* argv, int ready) {
  if (::setsid() < 0 || ::fork() != 0) {
    ::_exit(0);
  }
  // What the client does to signals is not the meter's: it would be deaf to a request to end.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGXFSZ, SIG_DFL);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, 0);
  ::dup2(ready, 1);  // closes with the meter's first sign of life, or with its end
  ::dup2(null, 2);
  ::close_range(3, ~0U, 0);  // nothing of the client's lives on in the meter
  ::execvp(argv[0], argv);
  constexpr std::string_view kFailed = "failed the program of the node meter cannot be executed\n";
  ::_exit(::write(1, kFailed.data(), kFailed.size()) < 0 ? 1 : 127);
}

/// What a starting meter says: nothing when it listens or another one leads, or "failed REASON".
Status read_start(int ready, Deadline deadline) {
  constexpr std::string_view kFailed = "failed ";
  std::array<char, kLineBytes> buffer{};
  const ssize_t count =
      wait_readable(ready, deadline) ? ::read(ready, buffer.data(), buffer.size()) : 0;
  std::string_view said(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  said = said.substr(0, said.find('\n'));
  if (!said.starts_with(kFailed)) {
    return {};
  }
  said.remove_prefix(kFailed.size());
  return Error(ErrorCode::kUnavailable, concat("no node meter could be started: ", said));
}

/// Starts a meter and waits until it listens, or has ended because another one leads.
Status start_meter(const std::vector<std::string>& command, Deadline deadline) {
  std::vector<char*> argv;
  for (const auto& word : command) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  std::array<int, 2> ready{};
  if (::pipe2(ready.data(), O_CLOEXEC) != 0) {
    return error_from_errno(errno, "starting a node meter");
  }
  const pid_t starter = ::fork();
  if (starter == 0) {
    become_starter(argv.data(), ready[1]);
  }
  const int fork_error = errno;
  ::close(ready[1]);
  if (starter > 0) {
    while (::waitpid(starter, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  const auto started = starter > 0 ? read_start(ready[0], deadline)
                                   : Status(error_from_errno(fork_error, "starting a node meter"));
  ::close(ready[0]);
  return started;
}

}  // namespace

Result<MeterClient> MeterClient::connect(const Options& options) {
  const Deadline deadline = deadline_after(options.timeout);
  Error last(ErrorCode::kUnavailable, "no socket of a node meter was named");
  int pause = kFirstPauseMilliseconds;
  for (;;) {
    for (const auto& path : options.socket_paths) {
      auto descriptor = try_connect(path, deadline);
      if (descriptor) {
        return MeterClient(*descriptor);
      }
      last = descriptor.error();
    }
    const bool refused = last.code() == ErrorCode::kFailedPrecondition;
    if (refused || options.start_command.empty() || options.socket_paths.empty() ||
        milliseconds_until(deadline) == 0) {
      return Error(ErrorCode::kUnavailable, last.message());
    }
    WATTLE_RETURN_IF_ERROR(start_meter(options.start_command, deadline));
    auto descriptor = try_connect(options.socket_paths.back(), deadline);
    if (descriptor) {
      return MeterClient(*descriptor);
    }
    if (descriptor.error().code() == ErrorCode::kFailedPrecondition) {
      return Error(ErrorCode::kUnavailable, descriptor.error().message());
    }
    // Another meter leads and does not listen yet, or one that is ending still holds the lock.
    ::poll(nullptr, 0, std::min(pause, milliseconds_until(deadline)));
    pause = std::min(pause * 2, kLongestPauseMilliseconds);
  }
}

MeterClient::~MeterClient() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

MeterClient::MeterClient(MeterClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

MeterClient& MeterClient::operator=(MeterClient&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

bool MeterClient::is_gone() {
  char byte = 0;
  const ssize_t count = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

Result<BootTime> MeterClient::sample(Seconds timeout) {
  constexpr std::string_view kRequest = "sample\n";
  const Deadline deadline = deadline_after(timeout);
  const BootTime asked = boot_now();
  const ssize_t sent =
      ::send(descriptor_, kRequest.data(), kRequest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(kRequest.size())) {
    return gone();
  }
  for (;;) {
    const auto instant = read_answer(descriptor_, "sampled", deadline);
    if (!instant) {
      return Error(ErrorCode::kUnavailable, instant.error().message());
    }
    if (*instant >= asked) {  // else the late answer to an earlier request that timed out
      return *instant;
    }
  }
}

}  // namespace wattle::energy
