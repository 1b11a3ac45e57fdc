#include "wattle/api/folder_bells.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "wattle/executor/waiting.h"

namespace wattle::api {
namespace {

constexpr std::uint32_t kEvents = IN_MODIFY | IN_CREATE | IN_MOVED_TO;
constexpr std::size_t kBufferBytes = 16 << 10;

}  // namespace

Result<std::unique_ptr<FolderBells>> FolderBells::create() {
  Descriptor inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify.is_open()) {
    return error_from_errno(errno, "watching folders (fs.inotify.max_user_instances)");
  }
  Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop.is_open()) {
    return error_from_errno(errno, "watching folders");
  }
  std::unique_ptr<FolderBells> bells(
      new FolderBells(std::move(inotify), std::move(stop)));  // NOLINT: private constructor
  bells->thread_ = std::thread([self = bells.get()] { self->run(); });
  return bells;
}

FolderBells::~FolderBells() {
  const std::uint64_t one = 1;
  (void)!::write(stop_.get(), &one, sizeof(one));
  thread_.join();
}

Result<FolderBells::Handle> FolderBells::watch(const std::string& folder,
                                               std::shared_ptr<net::Bell> bell) {
  const std::lock_guard lock(mutex_);
  drop_unused();
  const int number = ::inotify_add_watch(inotify_.get(), folder.c_str(), kEvents | IN_ONLYDIR);
  if (number < 0) {
    return error_from_errno(errno, "watching " + folder);
  }
  auto& watched = watched_[number];
  watched.folder = folder;
  watched.bells.push_back(bell);
  return Handle(std::move(bell), folder);
}

/// What nobody waits for any more. The kernel's watches are few, so they go before a new one comes.
void FolderBells::drop_unused() {
  for (auto entry = watched_.begin(); entry != watched_.end();) {
    auto& bells = entry->second.bells;
    std::erase_if(bells, [](const auto& bell) { return bell.expired(); });
    if (bells.empty()) {
      ::inotify_rm_watch(inotify_.get(), entry->first);
      entry = watched_.erase(entry);
    } else {
      ++entry;
    }
  }
}

void FolderBells::run() {
  std::array<char, kBufferBytes> buffer{};
  while (executor::wait_readable(std::array{stop_.get(), inotify_.get()}) != 0U) {
    const auto count = ::read(inotify_.get(), buffer.data(), buffer.size());
    std::vector<int> heard;
    for (std::size_t at = 0; count > 0 && at < static_cast<std::size_t>(count);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);  // NOLINT
      heard.push_back(event->wd);
      at += sizeof(inotify_event) + event->len;
    }
    std::ranges::sort(heard);
    const auto rest = std::ranges::unique(heard);
    heard.erase(rest.begin(), rest.end());
    std::ranges::for_each(heard, [this](int watch) { ring(watch); });
  }
}

/// -1: events were lost, so all of them.
void FolderBells::ring(int watch) {
  std::vector<std::shared_ptr<net::Bell>> bells;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, watched] : watched_) {
      for (const auto& bell : watched.bells) {
        if (auto held = bell.lock(); held && (watch < 0 || watch == number)) {
          bells.push_back(std::move(held));
        }
      }
    }
  }
  std::ranges::for_each(bells, [](const auto& bell) { bell->ring(); });
}

}  // namespace wattle::api
