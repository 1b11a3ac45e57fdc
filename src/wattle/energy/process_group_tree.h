// What /proc tells of the processes of this host: who descends from whom, what each has used, and
// whose it is.
//
// Units:    microseconds of CPU time, bytes.
// Errors:   a process that has gone, or that is hidden from us, is absent.
// Threads:  pure reads. Lifetime: value types; a pid may be another process when it is used.
// The counters of a process include those of the children that it has waited for (getrusage(2),
// proc(5)): so the sum over the living, plus what the root of the tree has reaped, counts
// everything once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace wattle::energy {

struct ProcessFacts {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = '?';
  std::int64_t threads = 1;           // a leader may have ended ('Z') while other threads go on
  std::int64_t start_ticks = 0;       // since boot: with it a pid names one process for ever
  std::int64_t cpu_microseconds = 0;  // with its waited-for children; steps of a clock tick
  std::int64_t memory_bytes = 0;      // resident

  /// It has ended, and waits to be reaped.
  bool is_dead() const { return state == 'Z' && threads <= 1; }
};

/// What went to and came from storage; what the page cache answered is not in it.
struct ProcessIo {
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;

  bool operator==(const ProcessIo&) const = default;
};

std::optional<ProcessFacts> read_process(pid_t pid);
std::optional<ProcessIo> read_process_io(pid_t pid);
/// The line of /proc/PID/stat, whose second field may hold spaces and parentheses.
std::optional<ProcessFacts> parse_process_stat(std::string_view line);

/// Children of one process, whichever of its threads started them.
std::vector<pid_t> children_of(pid_t parent);
/// Everything below `root`, parents before children, without those in `excluded` and what is below
/// them. At most limits::kGroupProcesses.
std::vector<pid_t> descendants_of(pid_t root, const std::vector<pid_t>& excluded);
/// Value of a variable in the environment that the process was executed with.
std::optional<std::string> environment_variable(pid_t pid, std::string_view name);

/// Has the process a handler for the signal (SigCgt in /proc/PID/status)?
bool catches_signal(pid_t pid, int number);
/// Does the environment that the process was executed with hold this entry ("NAME=value"), or, when
/// it ends in '=', this name?
bool has_environment_entry(pid_t pid, std::string_view entry);
std::vector<pid_t> processes_with_environment(std::string_view entry);
std::vector<pid_t> all_processes();

/// A file of procfs or of a control group, which tell no size. nullopt when it cannot be read.
std::optional<std::string> read_kernel_file(const std::string& path);
/// Pids, one a line or separated by spaces.
std::vector<pid_t> parse_pids(std::string_view text);

}  // namespace wattle::energy
