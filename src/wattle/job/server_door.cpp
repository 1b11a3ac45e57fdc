#include "wattle/job/server_door.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>

namespace wattle::job {

Result<ServerDoor> ServerDoor::open(const store::Home& home) {
  const auto path = home.server_wake();
  if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) {
    return error_from_errno(errno, "making " + path);
  }
  // For both ends, so that it does not stay readable when the last writer goes.
  Descriptor pipe(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!pipe.is_open()) {
    return error_from_errno(errno, "opening " + path);
  }
  return ServerDoor(std::move(pipe));
}

void ServerDoor::answer() {
  std::array<char, 512> bytes{};
  while (pipe_.is_open() && ::read(pipe_.get(), bytes.data(), bytes.size()) > 0) {
  }
}

bool ring(const store::Home& home) {
  const Descriptor pipe(::open(home.server_wake().c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  // The server may go between the two: that is an answer, and must not end us.
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const bool is_heard = pipe.is_open() && (::write(pipe.get(), "w", 1) == 1 ||
                                           errno == EAGAIN);  // full: rung already
  ::signal(SIGPIPE, before);
  return is_heard;
}

}  // namespace wattle::job
