// A meter reads the energy that parts of this host have used, as counters that only grow.
//
// Units:    Microjoules, cumulative since an origin of the meter's own; only differences mean
// something. Errors:   kUnavailable: nothing of its kind is here. kPermissionDenied: it is here,
// and the kernel hides it.
//           A domain that cannot be read keeps its last value and is marked stale; the others go
//           on.
// Threads:  one thread per meter. Lifetime: a meter borrows the FileSystem and Clock it was made
// with. See:      docs/methodology.md for what each meter includes and excludes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::energy {

/// The part of a host that a domain meters. Their names are those of receipts: "cpu", "dram",
/// "gpu", "board".
enum class Component : std::uint8_t { kCpu, kDram, kGpu, kBoard };

std::string_view to_string(Component component);
std::optional<Component> component_from(std::string_view name);

/// One thing that is metered on its own. Top-level domains (no `part_of`) are disjoint: they add up
/// to the node.
struct Domain {
  std::string name;  // "package-0", "core-0", "dram-0", "gpu-0", "board"; unique on the host
  Component component = Component::kCpu;
  Quality quality = Quality::kCounter;
  std::string source;  // "powercap intel-rapl:0", "nvml GPU-…", "hwmon power_meter", "model: …"
  std::string error_cause;    // correlation group of its calibration error, see Estimate
  double relative_sigma = 0;  // standard deviation of that error, relative
  std::optional<std::uint32_t>
      part_of;  // index of the domain that already includes this one (core in package)
  /// Power at rest over power at full load, and the exponent of the rise between: P(u) = P(1) (r +
  /// (1-r) u^a). Settlement splits each reading into idle and dynamic energy with them.
  double idle_ratio = 0;
  double load_exponent = 1;

  bool operator==(const Domain&) const = default;
};

/// One process's use of one GPU. `owner` is the WATTLE_ATTEMPT of its environment, "" when it is
/// not ours.
struct GpuProcess {
  std::uint32_t domain = 0;  // index of the GPU's domain
  std::int32_t pid = 0;
  std::string owner;
  std::int64_t busy_microseconds = 0;  // cumulative over the life of the meter

  bool operator==(const GpuProcess&) const = default;
};

struct Reading {
  BootTime at;
  std::vector<Microjoules> energy;  // one per domain, in their order
  std::vector<bool> stale;          // could not be read this time; the value is the last known
  std::vector<double>
      utilisation;  // one per domain in [0, 1] over the time since the last reading; NaN: unknown
  std::vector<GpuProcess> processes;
};

class Meter {
 public:
  virtual ~Meter() = default;
  virtual const std::vector<Domain>& domains() const = 0;
  /// Reads all domains at once. Values never decrease from one call to the next: wraps of a counter
  /// are undone here, by the one who knows its range. Call it more often than the shortest wrap (a
  /// minute at full load).
  virtual Reading read() = 0;
};

}  // namespace wattle::energy
