#include "interruption.h"

#include <cerrno>
#include <csignal>
#include <utility>

#include <sys/signalfd.h>
#include <unistd.h>

namespace wattle::trainer {

Result<Interruption> Interruption::create() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (const int failed = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr); failed != 0) {
    return error_from_errno(failed, "blocking SIGTERM");
  }
  const int descriptor = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor < 0) {
    return error_from_errno(errno, "waiting for SIGTERM");
  }
  return Interruption(descriptor);
}

Interruption::Interruption(Interruption&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), signal_(other.signal_) {}

Interruption::~Interruption() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::optional<int> Interruption::pending() {
  signalfd_siginfo info{};
  if (!signal_ && ::read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    signal_ = static_cast<int>(info.ssi_signo);
  }
  return signal_;
}

}  // namespace wattle::trainer
