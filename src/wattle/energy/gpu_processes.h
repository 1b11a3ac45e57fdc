// Who has used a GPU for how long: adds NVML's samples up per process and finds the owner of each.
//
// Units:    microseconds of busy streaming multiprocessors, cumulative.
// Errors:   none; a process whose environment cannot be read has no owner.
// Threads:  one thread. Lifetime: borrows the FileSystem of its SensorFiles.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "wattle/base/time.h"
#include "wattle/energy/meter.h"
#include "wattle/energy/nvml_library.h"
#include "wattle/energy/sensor_files.h"

namespace wattle::energy {

/// The WATTLE_ATTEMPT in a block of "NAME=value" entries that end in NUL, or "".
std::string owner_from_environment(std::string_view block);

/// The processes of one GPU.
class GpuProcesses {
 public:
  GpuProcesses(SensorFiles sensors, std::uint32_t domain) : sensors_(sensors), domain_(domain) {}

  /// The stamp after which samples are still unknown; 0 before the first.
  std::uint64_t last_stamp() const { return last_stamp_; }
  /// Adds samples newer than last_stamp(). Those of the first call only set the stamp: how long
  /// they stood for is not known.
  void add_samples(std::vector<NvmlLibrary::ProcessSample> samples, BootTime at);
  /// Shares `busy_ratio` of the time since the last call equally: for drivers (and partitioned
  /// GPUs) that do not tell use by process.
  void add_equal_shares(std::span<const std::int32_t> pids, double busy_ratio, BootTime at);
  /// All that were seen in the last minute, by pid.
  std::vector<GpuProcess> list(BootTime at);

 private:
  struct Entry {
    std::string owner;
    double busy_microseconds = 0;
    BootTime seen;
  };
  Entry& entry(std::int32_t pid, BootTime at);
  /// The stamp from which on the samples (sorted) tell something new. A GPU that has been idle has
  /// no samples: then it is the time of the last look, not of the last sample.
  std::uint64_t first_unknown(const std::vector<NvmlLibrary::ProcessSample>& samples,
                              BootTime at) const;

  SensorFiles sensors_;
  std::uint32_t domain_;
  std::map<std::int32_t, Entry> entries_;
  std::uint64_t last_stamp_ = 0;
  BootTime last_at_;
};

}  // namespace wattle::energy
