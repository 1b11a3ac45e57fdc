// Looks for everything on this host that tells energy, and makes one meter of it: counters first,
// then sampled power, and a model only for what has neither.
//
// Units:    as Meter. Errors: kUnavailable when not even /proc/stat can be read; kParse for a
// trace. Threads:  one thread. Lifetime: the result borrows FileSystem and Clock. See:
// docs/methodology.md, "Meters", for the rules.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wattle/energy/cpu_power_model.h"
#include "wattle/energy/finding.h"
#include "wattle/energy/host_usage.h"
#include "wattle/energy/meter.h"
#include "wattle/energy/nvml_library.h"

namespace wattle::energy {

struct MeterOptions {
  std::string root = "/";  // prefix of /sys and /proc
  std::string nvml_library = NvmlLibrary::kDefaultPath;
  std::optional<CpuPowerModel> cpu_model;  // calibrated on this host; else what the tables say
  std::string replay;                      // a recorded trace to meter instead of sensors
};

struct OpenedMeters {
  std::unique_ptr<HostUsage> usage;  // outlives the meter, which reads it
  std::unique_ptr<Meter> meter;
  std::vector<Finding> findings;
};

Result<OpenedMeters> open_meters(FileSystem& files, const Clock& clock,
                                 const MeterOptions& options);

}  // namespace wattle::energy
