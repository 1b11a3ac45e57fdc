#include "wattle/executor/waiting.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <vector>

#include <poll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wattle/base/check.h"

namespace wattle::executor {
namespace {

constexpr std::size_t kEventBytes = 16 << 10;

}  // namespace

Result<FolderWatch> FolderWatch::open(const std::string& folder, Events events) {
  Descriptor descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!descriptor.is_open()) {
    return Error(ErrorCode::kUnavailable, error_from_errno(errno, "watching " + folder).message() +
                                              "; raise the limit fs.inotify.max_user_instances");
  }
  const std::uint32_t mask =
      IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | (events == Events::kContents ? IN_MODIFY : 0U);
  if (::inotify_add_watch(descriptor.get(), folder.c_str(), mask) < 0) {
    const auto error = error_from_errno(errno, "watching " + folder);
    return errno != ENOSPC
               ? error
               : Error(ErrorCode::kUnavailable,
                       "watching " + folder + ": raise the limit fs.inotify.max_user_watches");
  }
  return FolderWatch(std::move(descriptor));
}

bool FolderWatch::take(std::string_view prefix) {
  alignas(inotify_event) std::array<char, kEventBytes> buffer;  // NOLINT: filled by read
  bool found = false;
  ssize_t count = 0;
  while ((count = ::read(descriptor_.get(), buffer.data(), buffer.size())) > 0) {
    for (const char* at = buffer.data(); at < buffer.data() + count;) {
      const auto* event =
          reinterpret_cast<const inotify_event*>(at);  // NOLINT: as inotify(7) has it
      const std::string_view name = event->len > 0 ? event->name : "";
      found = found || (event->mask & IN_Q_OVERFLOW) != 0 || name.starts_with(prefix);
      at += sizeof(inotify_event) + event->len;
    }
  }
  return found;
}

Descriptor open_process(pid_t pid) {
  return Descriptor(pid > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)) : -1);
}

std::optional<std::size_t> wait_readable(std::span<const int> descriptors,
                                         std::optional<Seconds> timeout) {
  std::vector<pollfd> polled;
  for (const int descriptor : descriptors) {
    polled.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
  }
  const int milliseconds =
      timeout ? static_cast<int>(std::ceil(std::max(timeout->value(), 0.0) * 1e3)) : -1;
  int ready = 0;
  do {
    ready = ::poll(polled.data(), polled.size(), milliseconds);
  } while (ready < 0 && errno == EINTR);
  WATTLE_CHECK(ready >= 0, "poll refuses its arguments");
  for (std::size_t i = 0; i < polled.size(); ++i) {
    if (polled[i].revents != 0) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace wattle::executor
