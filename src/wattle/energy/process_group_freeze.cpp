// Standing still and going on, with what the rung has for it.
#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"
#include "wattle/energy/process_group.h"

namespace wattle::energy {
namespace {

// A process that is in the kernel stands still when it comes back: it is not waited for longer.
constexpr int kStandMilliseconds = 500;
constexpr int kLookPauseMilliseconds = 2;
constexpr int kStopRounds = 100;  // each stops what the last one's processes forked

/// Waits for "frozen 1" in cgroup.events, which the kernel tells by POLLPRI.
void wait_until_unified_stands(const ControlGroup& group) {
  const Descriptor events(::open(group.file("cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
  for (int waits = 0; waits < 2 && group.value("cgroup.events", "frozen") == 0; ++waits) {
    pollfd change{.fd = events.get(), .events = POLLPRI, .revents = 0};
    ::poll(&change, 1, kStandMilliseconds);
  }
}

/// Version 1 tells nobody, and goes from FREEZING to FROZEN only when it is read.
void wait_until_version1_stands(const ControlGroup& group) {
  for (int looks = 0; looks < kStandMilliseconds / kLookPauseMilliseconds; ++looks) {
    if (read_kernel_file(group.file("freezer.state")).value_or("") != "FREEZING\n") {
      return;
    }
    ::poll(nullptr, 0, kLookPauseMilliseconds);
  }
}

bool is_stopped(pid_t pid) {
  const auto facts = read_process(pid);
  return facts && facts->state == 'T';
}

}  // namespace

bool ProcessGroup::freeze_groups(std::string& means) {
  if (unified_ != nullptr && unified_->write("cgroup.freeze", "1").ok()) {
    wait_until_unified_stands(*unified_);
    means = "cgroup.freeze";
  } else if (freezer_ != nullptr && freezer_->write("freezer.state", "FROZEN").ok()) {
    wait_until_version1_stands(*freezer_);
    means = "freezer.state";
  }
  return !means.empty();
}

/// A process to which SIGSTOP has been sent forks no more: the kernel breaks off a fork that finds
/// a signal waiting. So all stand once a round finds nobody new.
bool ProcessGroup::stop_others(bool groups_stand) {
  for (int round = 0; round < kStopRounds; ++round) {
    auto running = members();
    const auto standing = groups_stand ? grouped() : std::vector<pid_t>();  // sorted, like members
    std::erase_if(running, [&](pid_t pid) {
      return stopped_.contains(pid) || std::ranges::binary_search(standing, pid) || is_stopped(pid);
    });
    if (running.empty()) {
      return true;
    }
    for (const pid_t pid : running) {
      if (::kill(pid, SIGSTOP) == 0 || errno == EPERM) {
        stopped_.insert(pid);  // what is not ours to stop is not asked again
      }
    }
  }
  return false;
}

Result<std::string> ProcessGroup::freeze() {
  std::string means;
  const bool groups_stand = freeze_groups(means);
  frozen_ = true;
  if (!stop_others(groups_stand)) {
    thaw();
    return Error(ErrorCode::kUnavailable,
                 "its processes start new ones faster than these can be stopped");
  }
  if (!stopped_.empty() || means.empty()) {
    means += means.empty() ? "SIGSTOP" : " and SIGSTOP";
  }
  return means;
}

void ProcessGroup::thaw() {
  if (unified_ != nullptr) {
    (void)unified_->write("cgroup.freeze", "0").ok();
  }
  if (freezer_ != nullptr) {
    (void)freezer_->write("freezer.state", "THAWED").ok();
  }
  const auto living = members();
  for (const pid_t pid : stopped_) {
    if (std::ranges::binary_search(living, pid)) {
      ::kill(pid, SIGCONT);
    }
  }
  stopped_.clear();
  frozen_ = false;
}

}  // namespace wattle::energy
