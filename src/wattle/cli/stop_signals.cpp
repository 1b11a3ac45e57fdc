#include "wattle/cli/stop_signals.h"

#include <sys/signalfd.h>

namespace wattle::cli {

StopSignals::StopSignals(Interrupt interrupt) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigset_t blocked = set;
  sigaddset(&blocked, SIGINT);
  sigaddset(&blocked, SIGQUIT);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  if (interrupt == Interrupt::kStops) {
    sigaddset(&set, SIGINT);
  }
  descriptor_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

StopSignals::~StopSignals() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::take() {
  signalfd_siginfo info{};
  while (::read(descriptor_.get(), &info, sizeof info) > 0) {
  }
}

}  // namespace wattle::cli
