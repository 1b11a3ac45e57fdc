// The processes of one job as one thing: limited, counted, signalled and ended together, with
// whatever they start.
//
// A ladder of means, from best to plainest; what a rung lacks is taken from the next one:
//   cgroup2    a group of version 2: CPU time from cpu.stat (exact, needs no controller), ended by
//              cgroup.kill
//   cgroup1    groups of version 1: cpuacct, and cpu, memory, pids for limits
//   subreaper  no group at all: orphans come back to the supervisor (PR_SET_CHILD_SUBREAPER); CPU
//              time is what wait4 reports for the ended, plus /proc for the living
// CPU affinity holds on every rung, so that a program that asks how many CPUs there are sees those
// that it was granted.
//
// Units:    microseconds of CPU time, bytes, BootTime.
// Errors:   kUnsupported: the rung that was asked for by name cannot be had here, and why.
// Threads:  one thread, which is also the one that waits for the processes.
// Lifetime: the control groups are removed when the object ends; processes in them live on.
// See:      docs/reference/supervisor-protocol.md
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sched.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/energy/observed_tree.h"
#include "wattle/energy/process_group_folders.h"
#include "wattle/energy/process_group_tree.h"
#include "wattle/energy/records.h"

namespace wattle::energy {

enum class Accounting { kAuto, kCgroup2, kCgroup1, kSubreaper };

std::string_view to_string(Accounting accounting);
std::optional<Accounting> accounting_from(std::string_view name);

/// An entry of the environment of processes that are ours and not the job's, although a supervisor
/// started them (the node meter): they are neither counted nor ended with it.
inline constexpr std::string_view kPlatformVariable = "WATTLE_PLATFORM";

class ProcessGroup {
 public:
  struct Options {
    std::string name;  // part of the names of its control groups; unique on the host
    Accounting accounting = Accounting::kAuto;
    double cpus = 0;  // 0: no limit
    Bytes memory{0};  // 0: no limit
    /// Counted with the group, from create() on, and otherwise left alone: never limited,
    /// signalled, frozen or ended with it.
    std::optional<ProcessIdentity> observed;
  };

  /// Makes the groups and makes this process the one that orphans of the job come back to.
  /// kNotFound, kPermissionDenied: what is to be observed, as ObservedTree::open.
  static Result<std::unique_ptr<ProcessGroup>> create(const Options& options);
  ~ProcessGroup() = default;
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  Accounting accounting() const { return accounting_; }
  /// Why this rung, and by what means each limit holds: one line.
  const std::string& explanation() const { return explanation_; }
  std::vector<std::string> folders() const;
  /// CPUs that the job may run on; empty: all.
  const std::vector<int>& cpus() const { return cpus_; }

  /// A child of ours that is not the job's: it is not counted, signalled or waited for with it.
  void exclude(pid_t child) { platform_[child] = true; }
  /// Puts the calling process into the group. For the time between fork and execve.
  Status enter() const;
  /// Must be told of every descendant that wait4 reaped.
  void reaped(pid_t pid, const rusage& usage);

  /// What the group has used so far. Never less than the last time; exact once all processes have
  /// been reaped.
  GroupSample sample(BootTime at);
  /// Which processes the last sample saw that are only observed; nullopt when nothing has changed
  /// since this was last asked.
  std::optional<Observation> observation();
  /// Every living process of the job.
  std::vector<pid_t> members();
  /// Nothing of it lives, and nothing of it waits to be reaped.
  bool empty();
  void signal(int number);
  /// The same, but only to processes that catch the signal: no other is ended by it. How many.
  std::size_t signal_catching(int number);
  /// Has every process stand still, those that are just being started too: by cgroup.freeze, the
  /// freezer of version 1, and SIGSTOP for what is in neither. Returns the means. kUnavailable:
  /// they start new ones faster than these can be stopped; then all go on.
  Result<std::string> freeze();
  /// They go on, but for those that the job itself had stopped.
  void thaw();
  bool is_frozen() const { return frozen_; }
  /// SIGKILL to everything, after all have been made to stand still. On the rungs without
  /// cgroup.kill a process may be forking just then: call again until empty. What is frozen is
  /// killed too.
  void kill();
  /// How many of its processes the kernel killed because of the memory limit.
  std::int64_t memory_kills() const;

 private:
  ProcessGroup() = default;
  Status choose(const Options& options);
  Status make_unified(const std::vector<Hierarchy>& hierarchies, const Options& options);
  Status make_version1(const std::vector<Hierarchy>& hierarchies, const Options& options);
  ControlGroup* add(const std::string& parent, const std::string& name);
  void exclude_children();
  void limit_cpus(double cpus);
  void limit_memory(Bytes memory);
  std::int64_t cpu_microseconds(const std::vector<pid_t>& living) const;
  ProcessIo io(const std::vector<pid_t>& living) const;
  void measure_memory(const std::vector<pid_t>& living, GroupSample& sample) const;
  bool freeze_groups(std::string& means);
  bool stop_others(bool groups_stand);
  std::vector<pid_t> grouped() const;
  std::vector<pid_t> descendants();

  Accounting accounting_ = Accounting::kSubreaper;
  std::string explanation_;
  std::vector<std::unique_ptr<ControlGroup>> groups_;
  ControlGroup* unified_ = nullptr;  // each of these is one of groups_, or absent
  ControlGroup* cpu_ = nullptr;      // version 1: one group may serve several controllers
  ControlGroup* cpuacct_ = nullptr;
  ControlGroup* memory_ = nullptr;
  ControlGroup* pids_ = nullptr;
  ControlGroup* freezer_ = nullptr;
  std::vector<int> cpus_;
  std::optional<Bytes> data_limit_;  // setrlimit, per process: the last resort
  std::map<pid_t, bool> platform_;   // direct children that are asked once whether they are ours
  bool frozen_ = false;
  std::set<pid_t> stopped_;  // by SIGSTOP, to be continued by us
  std::int64_t reaped_microseconds_ = 0;
  std::int64_t reaped_peak_bytes_ = 0;  // of the largest process
  ProcessIo reaped_io_;
  std::optional<ObservedTree> observed_;
  GroupSample last_;
};

/// Ends what is left of a job whose supervisor is gone: the processes in the recorded groups, and
/// those whose environment carries its WATTLE_ATTEMPT, frozen ones too; then removes the groups.
/// Folders that are not of our making and an empty owner are passed over. Waits for their deaths,
/// not for a time. Doing it again is harmless. kUnavailable: some could not be ended.
Status end_group(const std::vector<std::string>& recorded, const std::string& owner);

/// `count` of the CPUs that this process may use: those that the fewest other processes are bound
/// to.
std::vector<int> choose_cpus(std::size_t count);

}  // namespace wattle::energy
