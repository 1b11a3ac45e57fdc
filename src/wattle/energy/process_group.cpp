#include "wattle/energy/process_group.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

constexpr std::int64_t kPeriodMicroseconds = 100'000;  // of the CPU quota: the kernel's default
constexpr std::int64_t kBytesPerBlock = 512;           // unit of ru_inblock and ru_oublock
constexpr std::size_t kWalkedPerSample = 256;          // processes asked for their I/O at each tick

constexpr std::array<std::pair<Accounting, std::string_view>, 4> kNames{{
    {Accounting::kAuto, "auto"},
    {Accounting::kCgroup2, "cgroup2"},
    {Accounting::kCgroup1, "cgroup1"},
    {Accounting::kSubreaper, "subreaper"},
}};

std::string_view parent_of(std::string_view folder) {
  return folder.substr(0, folder.rfind('/'));
}

/// How many of the controllers that limits need are switched on for the groups below a folder.
int controllers_below(const std::string& folder, const ProcessGroup::Options& options) {
  const auto text = read_kernel_file(folder + "/cgroup.subtree_control").value_or("");
  const auto words = split(trim(text), ' ');
  const auto has = [&](std::string_view word) { return std::ranges::count(words, word) > 0; };
  return (options.cpus > 0 && has("cpu") ? 1 : 0) + (has("memory") ? 1 : 0);
}

/// Where a version 2 group can go: below our own group or beside it. A group that holds processes
/// cannot hand controllers down, so beside us there may be more of them.
std::vector<std::string> unified_parents(const Hierarchy& hierarchy,
                                         const ProcessGroup::Options& options) {
  std::vector<std::string> parents{hierarchy.own};
  if (hierarchy.own.size() > hierarchy.mount.size()) {
    const std::string above(parent_of(hierarchy.own));
    const bool better =
        controllers_below(above, options) > controllers_below(hierarchy.own, options);
    parents.insert(better ? parents.begin() : parents.end(), above);
  }
  return parents;
}

const Hierarchy* find_controller(const std::vector<Hierarchy>& hierarchies,
                                 std::string_view controller) {
  const auto found = std::ranges::find_if(hierarchies, [&](const Hierarchy& hierarchy) {
    return std::ranges::count(hierarchy.controllers, controller) > 0;
  });
  return found == hierarchies.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(Accounting accounting) {
  return kNames[static_cast<std::size_t>(accounting)].second;
}

std::optional<Accounting> accounting_from(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &decltype(kNames)::value_type::second);
  return found == kNames.end() ? std::nullopt : std::optional(found->first);
}

Result<std::unique_ptr<ProcessGroup>> ProcessGroup::create(const Options& options) {
  std::unique_ptr<ProcessGroup> group(new ProcessGroup);  // NOLINT: the constructor is private
  WATTLE_RETURN_IF_ERROR(group->choose(options));
  group->limit_cpus(options.cpus);
  group->limit_memory(options.memory);
  group->exclude_children();
  // On every rung: orphans are reaped here, so that the end of the last process is an event for us.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    return error_from_errno(errno, "becoming the reaper of the job's orphans");
  }
  return group;
}

/// Children from before, of whoever became this program by execve, are not the job's.
void ProcessGroup::exclude_children() {
  for (const pid_t child : children_of(::getpid())) {
    platform_[child] = true;
  }
}

Status ProcessGroup::choose(const Options& options) {
  const auto hierarchies = find_hierarchies();
  std::string obstacles;
  const auto is_asked = [&](Accounting rung) {
    return options.accounting == Accounting::kAuto || options.accounting == rung;
  };
  if (is_asked(Accounting::kCgroup2)) {
    const auto made = make_unified(hierarchies, options);
    if (made.ok()) {
      accounting_ = Accounting::kCgroup2;
      explanation_ = "cgroup2: " + unified_->path();
      (void)make_version1(hierarchies, options).ok();  // for what version 2 lacks here
      return {};
    }
    obstacles = "no cgroup2 (" + made.error().message() + ")";
  }
  if (is_asked(Accounting::kCgroup1)) {
    const auto made = make_version1(hierarchies, options);
    if (made.ok()) {
      accounting_ = Accounting::kCgroup1;
      explanation_ =
          concat("cgroup1: ", cpuacct_->path(), obstacles.empty() ? "" : "; ", obstacles);
      return {};
    }
    groups_.clear();
    cpu_ = memory_ = pids_ = nullptr;
    obstacles +=
        (obstacles.empty() ? "no cgroup1 (" : ", no cgroup1 (") + made.error().message() + ")";
  }
  if (!is_asked(Accounting::kSubreaper)) {
    return Error(ErrorCode::kUnsupported,
                 "accounting by " + std::string(to_string(options.accounting)) +
                     " cannot be had here: " + obstacles + "; leave it at 'auto'");
  }
  accounting_ = Accounting::kSubreaper;
  explanation_ = obstacles.empty() ? "subreaper" : "subreaper: " + obstacles;
  return {};
}

ControlGroup* ProcessGroup::add(const std::string& parent, const std::string& name) {
  for (const auto& group : groups_) {
    if (group->path() == parent + "/" + name) {
      return group.get();  // controllers that are mounted together share one group
    }
  }
  auto group = ControlGroup::create(parent, name);
  if (!group.ok() || !(*group)->try_entering().ok()) {
    return nullptr;
  }
  groups_.push_back(std::move(*group));
  return groups_.back().get();
}

Status ProcessGroup::make_unified(const std::vector<Hierarchy>& hierarchies,
                                  const Options& options) {
  const auto found = std::ranges::find(hierarchies, true, &Hierarchy::unified);
  if (found == hierarchies.end()) {
    return Error(ErrorCode::kUnsupported, "not mounted");
  }
  for (const auto& parent : unified_parents(*found, options)) {
    unified_ = add(parent, std::string(kGroupPrefix) + options.name);
    if (unified_ != nullptr && unified_->value("cpu.stat", "usage_usec")) {
      return {};
    }
    unified_ = nullptr;
    groups_.clear();
  }
  return Error(ErrorCode::kPermissionDenied, "no group may be made below " + found->own);
}

Status ProcessGroup::make_version1(const std::vector<Hierarchy>& hierarchies,
                                   const Options& options) {
  const std::string name = std::string(kGroupPrefix) + options.name;
  const auto make = [&](std::string_view controller) -> ControlGroup* {
    const auto* hierarchy = find_controller(hierarchies, controller);
    return hierarchy == nullptr ? nullptr : add(hierarchy->own, name);
  };
  if (unified_ == nullptr) {
    cpuacct_ = make("cpuacct");
    if (cpuacct_ == nullptr || !cpuacct_->number("cpuacct.usage")) {
      cpuacct_ = nullptr;
      return Error(ErrorCode::kPermissionDenied, "no cpuacct group may be made");
    }
  }
  const auto lacks = [&](std::string_view file) {
    return unified_ == nullptr || ::access(unified_->file(file).c_str(), F_OK) != 0;
  };
  if (options.cpus > 0 && lacks("cpu.max")) {
    cpu_ = make("cpu");
  }
  if (lacks("memory.current")) {
    memory_ = make("memory");
  }
  if (unified_ == nullptr) {
    pids_ = make("pids");
  }
  return {};
}

void ProcessGroup::limit_cpus(double cpus) {
  if (cpus <= 0) {
    return;
  }
  const auto quota = std::max<std::int64_t>(1'000, std::llround(cpus * kPeriodMicroseconds));
  std::string means = "affinity";
  if (unified_ != nullptr &&
      unified_->write("cpu.max", concat(quota, " ", kPeriodMicroseconds)).ok()) {
    means += " and cpu.max";
  } else if (cpu_ != nullptr &&
             cpu_->write("cpu.cfs_period_us", concat(kPeriodMicroseconds)).ok() &&
             cpu_->write("cpu.cfs_quota_us", concat(quota)).ok()) {
    means += " and cpu.cfs_quota_us";
  }
  cpus_ = choose_cpus(static_cast<std::size_t>(std::ceil(cpus)));
  explanation_ += "; CPU limit by " + means;
}

void ProcessGroup::limit_memory(Bytes memory) {
  if (memory.value() <= 0) {
    return;
  }
  const std::string bytes = concat(memory.value());
  if (unified_ != nullptr && unified_->write("memory.max", bytes).ok()) {
    (void)unified_->write("memory.swap.max", "0").ok();  // absent without swap accounting
    explanation_ += "; memory limit by memory.max";
  } else if (memory_ != nullptr && memory_->write("memory.limit_in_bytes", bytes).ok()) {
    (void)memory_->write("memory.memsw.limit_in_bytes", bytes).ok();  // likewise
    explanation_ += "; memory limit by memory.limit_in_bytes";
  } else {
    data_limit_ = memory;
    explanation_ += "; memory limit by setrlimit, for each process on its own";
  }
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

void ProcessGroup::reaped(pid_t pid, const rusage& usage) {
  const auto known = platform_.find(pid);
  const bool is_platform = known != platform_.end() && known->second;
  if (known != platform_.end()) {
    platform_.erase(known);
  }
  if (is_platform) {
    return;
  }
  const auto microseconds = [](const timeval& time) {
    return time.tv_sec * 1'000'000 + time.tv_usec;
  };
  reaped_microseconds_ += microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  reaped_io_.read_bytes += usage.ru_inblock * kBytesPerBlock;
  reaped_io_.written_bytes += usage.ru_oublock * kBytesPerBlock;
  reaped_peak_bytes_ = std::max<std::int64_t>(reaped_peak_bytes_, usage.ru_maxrss * 1024);
}

std::int64_t ProcessGroup::cpu_microseconds(const std::vector<pid_t>& living) const {
  if (unified_ != nullptr) {
    return unified_->value("cpu.stat", "usage_usec").value_or(0);
  }
  if (cpuacct_ != nullptr) {
    return cpuacct_->number("cpuacct.usage").value_or(0) / 1000;
  }
  std::int64_t sum = reaped_microseconds_;
  for (const pid_t pid : living) {
    const auto facts = read_process(pid);
    sum += facts ? facts->cpu_microseconds : 0;
  }
  return sum;
}

ProcessIo ProcessGroup::io(const std::vector<pid_t>& living) const {
  ProcessIo sum = reaped_io_;
  // Parents are asked before their children: a child that is waited for in between is missed now
  // and counted next time, never counted twice.
  for (std::size_t i = 0; i < std::min(living.size(), kWalkedPerSample); ++i) {
    const auto io = read_process_io(living[i]).value_or(ProcessIo{});
    sum.read_bytes += io.read_bytes;
    sum.written_bytes += io.written_bytes;
  }
  return sum;
}

void ProcessGroup::measure_memory(const std::vector<pid_t>& living, GroupSample& sample) const {
  if (memory_ != nullptr) {
    sample.memory_bytes = memory_->number("memory.usage_in_bytes").value_or(0);
    sample.memory_peak_bytes = memory_->number("memory.max_usage_in_bytes").value_or(0);
  } else if (unified_ != nullptr && unified_->number("memory.current")) {
    sample.memory_bytes = unified_->number("memory.current").value_or(0);
    sample.memory_peak_bytes =
        unified_->number("memory.peak").value_or(reaped_peak_bytes_);  // since Linux 5.19
  } else {
    for (const pid_t pid : living) {
      const auto facts = read_process(pid);
      sample.memory_bytes += facts ? facts->memory_bytes : 0;
    }
    sample.memory_peak_bytes = reaped_peak_bytes_;
  }
}

GroupSample ProcessGroup::sample(BootTime at) {
  const auto living = groups_.empty() ? descendants() : grouped();
  GroupSample sample{.at = at};
  sample.cpu_microseconds = std::max(last_.cpu_microseconds, cpu_microseconds(living));
  const auto transferred = io(living);
  sample.read_bytes = std::max(last_.read_bytes, transferred.read_bytes);
  sample.written_bytes = std::max(last_.written_bytes, transferred.written_bytes);
  measure_memory(living, sample);
  sample.memory_peak_bytes =
      std::max({last_.memory_peak_bytes, sample.memory_peak_bytes, sample.memory_bytes});
  sample.processes = static_cast<std::uint32_t>(living.size());
  last_ = sample;
  return sample;
}

}  // namespace wattle::energy
