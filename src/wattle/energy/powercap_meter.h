// Reads Running Average Power Limit counters through Linux powercap: packages, their cores and
// uncore, memory, and the platform (psys). Intel and AMD processors share the folder names.
//
// Domains:  package-N (cpu); core-N, uncore-N are part of it; dram-N (dram) is not: Intel servers
// count memory outside the package. psys counts everything behind the platform's supply, so "board"
// is what psys counted beyond packages and dram, never less than zero. A psys beside no package is
// left out. intel-rapl-mmio shows the same counters a second time and is not read.
// Units:    Microjoules. Errors: create() as Meter: kUnavailable without zones, kPermissionDenied
// when every zone's energy_uj is closed to us (root only since Linux 5.10).
// Threads:  one thread. Lifetime: borrows its FileSystem and Clock.
// See:      docs/methodology.md, "Meters"; Documentation/power/powercap of the kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wattle/energy/counter.h"
#include "wattle/energy/finding.h"
#include "wattle/energy/meter.h"
#include "wattle/energy/sensor_files.h"

namespace wattle::energy {

class PowercapMeter final : public Meter {
 public:
  /// Looks at <root>/sys/class/powercap. Findings tell of zones left out, also when it fails.
  static Result<std::unique_ptr<PowercapMeter>> create(FileSystem& files, const Clock& clock,
                                                       const std::string& root,
                                                       std::vector<Finding>& findings);

  const std::vector<Domain>& domains() const override { return domains_; }
  Reading read() override;
  /// Values that were refused so far.
  std::uint64_t faults() const;

 private:
  struct Zone {
    std::string path;  // "/sys/class/powercap/intel-rapl:0"
    Domain domain;
    GuardedCounter counter;
  };
  struct Probe;

  PowercapMeter(SensorFiles sensors, const Clock& clock) : sensors_(sensors), clock_(clock) {}
  void add_zones(const Probe& probe);
  void add_board(std::vector<Finding>& findings);
  bool update(Zone& zone, BootTime at);
  void read_board(Reading& reading);

  SensorFiles sensors_;
  const Clock& clock_;
  std::vector<Zone> zones_;      // the first domains, in their order
  std::vector<Zone> platforms_;  // psys
  Residual board_;
  std::vector<Domain> domains_;
};

}  // namespace wattle::energy
