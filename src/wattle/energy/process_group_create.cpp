// How a process group comes about: the best rung that can be had here, and its limits.
#include <algorithm>
#include <cmath>

#include <sys/prctl.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/energy/process_group.h"

namespace wattle::energy {
namespace {

constexpr std::int64_t kPeriodMicroseconds = 100'000;  // of the CPU quota: the kernel's default

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

Result<std::unique_ptr<ProcessGroup>> ProcessGroup::create(const Options& options) {
  std::unique_ptr<ProcessGroup> group(new ProcessGroup);  // NOLINT: the constructor is private
  WATTLE_RETURN_IF_ERROR(group->choose(options));
  group->limit_cpus(options.cpus);
  group->limit_memory(options.memory);
  group->exclude_children();
  if (options.observed) {
    WATTLE_ASSIGN_OR_RETURN(group->observed_, ObservedTree::open(*options.observed));
  }
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
    cpu_ = memory_ = pids_ = freezer_ = nullptr;
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
  if (lacks("cgroup.freeze")) {  // version 2 has it since Linux 5.2
    freezer_ = make("freezer");
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

}  // namespace wattle::energy
