#include "wattle/energy/process_group.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

constexpr std::array<std::pair<Accounting, std::string_view>, 4> kNames{{
    {Accounting::kAuto, "auto"},
    {Accounting::kCgroup2, "cgroup2"},
    {Accounting::kCgroup1, "cgroup1"},
    {Accounting::kSubreaper, "subreaper"},
}};

}  // namespace

std::string_view to_string(Accounting accounting) {
  return kNames[static_cast<std::size_t>(accounting)].second;
}

std::optional<Accounting> accounting_from(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &decltype(kNames)::value_type::second);
  return found == kNames.end() ? std::nullopt : std::optional(found->first);
}

Status ProcessGroup::enter() const {
  for (const auto& group : groups_) {
    WATTLE_RETURN_IF_ERROR(group->write("cgroup.procs", "0"));
  }
  if (!cpus_.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : cpus_) {
      CPU_SET(static_cast<std::size_t>(cpu), &set);
    }
    if (::sched_setaffinity(0, sizeof set, &set) != 0) {
      return error_from_errno(errno, "binding the job to its CPUs");
    }
  }
  if (data_limit_) {
    const auto bytes = static_cast<rlim_t>(data_limit_->value());
    const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) {
      return error_from_errno(errno, "limiting the job's memory");
    }
  }
  return {};
}

std::vector<std::string> ProcessGroup::folders() const {
  std::vector<std::string> folders;
  for (const auto& group : groups_) {
    folders.push_back(group->path());
  }
  return folders;
}

std::vector<pid_t> ProcessGroup::grouped() const {
  return groups_.empty() ? std::vector<pid_t>() : processes_in(groups_.front()->path());
}

std::vector<pid_t> ProcessGroup::descendants() {
  std::vector<pid_t> platform;
  for (const pid_t child : children_of(::getpid())) {
    const auto [known, is_new] = platform_.try_emplace(child, false);
    if (is_new) {
      known->second = has_environment_entry(child, concat(kPlatformVariable, "="));
    }
    if (known->second) {
      platform.push_back(child);
    }
  }
  auto found = descendants_of(::getpid(), platform);
  std::erase_if(found, [](pid_t pid) {
    const auto facts = read_process(pid);
    return !facts || facts->is_dead();
  });
  return found;
}

std::vector<pid_t> ProcessGroup::members() {
  auto all = grouped();
  const auto below = descendants();  // also those that have left their group
  all.insert(all.end(), below.begin(), below.end());
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

bool ProcessGroup::empty() {
  if (!members().empty()) {
    return false;
  }
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    return true;
  }
  // The kernel's list of children may miss some while one of them ends: so look once more.
  return info.si_pid == 0 && members().empty();
}

void ProcessGroup::signal(int number) {
  for (const pid_t pid : members()) {
    ::kill(pid, number);
  }
}

std::size_t ProcessGroup::signal_catching(int number) {
  std::size_t reached = 0;
  for (const pid_t pid : members()) {
    // Between the look and the signal it may execute another program, which has no handler yet:
    // there is no way for us to know.
    reached += catches_signal(pid, number) && ::kill(pid, number) == 0 ? 1U : 0U;
  }
  return reached;
}

void ProcessGroup::kill() {
  if (pids_ != nullptr) {
    (void)pids_->write("pids.max", "0").ok();  // nothing new from here on
  }
  if (unified_ != nullptr) {
    // Since Linux 5.14; below is what older ones need.
    (void)unified_->write("cgroup.kill", "1").ok();
  }
  signal(SIGSTOP);  // who stands still cannot fork in answer to the death of another
  signal(SIGKILL);
  if (frozen_) {
    thaw();  // version 1 holds the dying, too
  }
}

std::int64_t ProcessGroup::memory_kills() const {
  std::optional<std::int64_t> kills;
  if (memory_ != nullptr) {
    kills = memory_->value("memory.oom_control", "oom_kill");
  } else if (unified_ != nullptr) {
    kills = unified_->value("memory.events", "oom_kill");
  }
  return kills.value_or(0);
}

}  // namespace wattle::energy
