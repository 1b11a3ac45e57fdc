#include "listener.h"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "wattle/base/text.h"
#include "wattle/energy/unix_address.h"

namespace wattle::meterd {
namespace {
constexpr int kBacklog = 128;
constexpr int kFirstActivated = 3;  // SD_LISTEN_FDS_START of sd_listen_fds(3)
}  // namespace

Result<Listener> Listener::bind(const std::string& path, mode_t mode) {
  const std::string temporary = concat(path, ".", static_cast<long>(::getpid()));
  ::unlink(temporary.c_str());  // of a dead process with our number
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  WATTLE_ASSIGN_OR_RETURN(const auto address, energy::UnixAddress::create(temporary));
  if (!socket.is_open() || ::bind(socket.get(), address.address(), address.size()) != 0) {
    return error_from_errno(errno, "making the socket " + temporary);
  }
  const bool listens = ::chmod(temporary.c_str(), mode) == 0 &&
                       ::listen(socket.get(), kBacklog) == 0 &&
                       ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!listens) {
    auto error = error_from_errno(errno, "making the socket " + path);
    ::unlink(temporary.c_str());
    return error;
  }
  return Listener(std::move(socket), path);
}

bool Listener::is_activated() {
  const char* pid = std::getenv("LISTEN_PID");    // NOLINT(concurrency-mt-unsafe)
  const char* count = std::getenv("LISTEN_FDS");  // NOLINT(concurrency-mt-unsafe)
  return pid != nullptr && count != nullptr && std::string_view(count) == "1" &&
         std::to_string(::getpid()) == pid;
}

Listener Listener::take_activated() {
  ::fcntl(kFirstActivated, F_SETFD, FD_CLOEXEC);
  ::fcntl(kFirstActivated, F_SETFL, O_NONBLOCK);
  return {Descriptor(kFirstActivated), ""};
}

void Listener::refuse_one(const std::string& reason) const {
  const Descriptor client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const std::string line = concat("failed ", reason, "\n");
  // Whoever does not take one line has gone.
  static_cast<void>(::send(client.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

Listener::~Listener() {
  if (!path_.empty()) {
    ::unlink(path_.c_str());
  }
}

Listener::Listener(Listener&& other) noexcept
    : socket_(std::move(other.socket_)), path_(std::exchange(other.path_, "")) {}

}  // namespace wattle::meterd
