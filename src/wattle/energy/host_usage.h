// How busy the CPUs of this host are, and how much CPU time this process itself has used.
//
// Units:    microseconds of CPU time since boot, over all CPUs; the kernel counts them in ticks of
// 10 ms. Busy is user, nice, system, irq and softirq. Guest time is inside user and nice already;
// waiting for I/O is idle; stolen time was never ours.
// Errors:   as FileSystem; kParse when /proc/stat has no "cpu" line.
// Threads:  one thread. Lifetime: borrows its FileSystem and Clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/energy/sensor_files.h"

namespace wattle::energy {

struct CpuTimes {
  std::int64_t busy_microseconds = 0;
  std::int64_t idle_microseconds = 0;
};

/// One look at /proc/stat.
struct HostCpuTimes {
  CpuTimes all;
  std::vector<CpuTimes> cpus;  // by CPU number; one that is offline stands at zero
  std::uint32_t online = 0;
};

/// Busy over busy and idle between two looks, in [0, 1]; NaN when no time has passed.
double utilisation_between(const CpuTimes& before, const CpuTimes& after);

Result<HostCpuTimes> parse_proc_stat(std::string_view text, std::int64_t ticks_per_second);

class HostUsage {
 public:
  HostUsage(FileSystem& files, const Clock& clock, std::string root);

  /// Looks again when the last look is older than 5 ms, so that those who share this object share
  /// one read per sample. Busy time never decreases, not even when a CPU goes offline.
  Result<HostCpuTimes> read();

 private:
  SensorFiles sensors_;
  const Clock& clock_;
  std::optional<HostCpuTimes> last_;
  BootTime last_at_;
};

/// CPU time of this process, all threads.
std::int64_t own_cpu_microseconds();

}  // namespace wattle::energy
