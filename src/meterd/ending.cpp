#include "ending.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/signalfd.h>

namespace wattle::meterd {

Result<Ending> Ending::create() {
  sigset_t ending;
  sigemptyset(&ending);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&ending, number);
  }
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  Descriptor signals(::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.is_open()) {
    return error_from_errno(errno, "preparing to wait for signals");
  }
  return Ending(std::move(signals));
}

bool Ending::wait_for(int descriptor) const {
  std::array<pollfd, 2> waiting{{{signals_.get(), POLLIN, 0}, {descriptor, POLLIN, 0}}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
  }
  return (waiting[0].revents & POLLIN) == 0;
}

}  // namespace wattle::meterd
