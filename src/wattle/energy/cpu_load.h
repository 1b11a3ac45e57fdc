// How busy each processor package was since the last look.
//
// Units:    ratios in [0, 1], NaN while unknown. Errors: none; what cannot be read is unknown.
// Threads:  one thread. Lifetime: borrows its HostUsage.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wattle/energy/host_usage.h"
#include "wattle/energy/sensor_files.h"

namespace wattle::energy {

class CpuLoad {
 public:
  /// Reads which CPU sits in which package (sysfs topology); without it every package is the host.
  CpuLoad(const SensorFiles& sensors, HostUsage& usage);

  void refresh();
  double of_host() const { return host_; }
  /// Of the package that a domain "package-N…" names; of the host for any other name.
  double of_domain(std::string_view name) const;

 private:
  std::map<std::int64_t, CpuTimes> sum_by_package(const HostCpuTimes& times) const;

  HostUsage& usage_;
  std::vector<std::int64_t> package_of_;  // by CPU number; -1: unknown
  HostCpuTimes last_;
  double host_;
  std::map<std::int64_t, double> packages_;
};

}  // namespace wattle::energy
