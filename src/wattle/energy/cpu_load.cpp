#include "wattle/energy/cpu_load.h"

#include <limits>

#include "wattle/base/text.h"

namespace wattle::energy {
namespace {
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kPackage = "package-";
}  // namespace

CpuLoad::CpuLoad(const SensorFiles& sensors, HostUsage& usage) : usage_(usage), host_(kUnknown) {
  last_ = usage_.read().value_or({});
  for (std::size_t cpu = 0; cpu < last_.cpus.size(); ++cpu) {
    const auto id = sensors.read_integer(
        concat("/sys/devices/system/cpu/cpu", cpu, "/topology/physical_package_id"));
    package_of_.push_back(id ? *id : -1);
  }
}

void CpuLoad::refresh() {
  packages_.clear();
  host_ = kUnknown;
  const auto now = usage_.read();
  if (!now) {
    return;
  }
  host_ = utilisation_between(last_.all, now->all);
  const auto before = sum_by_package(last_);
  for (const auto& [package, times] : sum_by_package(*now)) {
    const auto known = before.find(package);
    packages_[package] =
        known == before.end() ? kUnknown : utilisation_between(known->second, times);
  }
  last_ = *now;
}

std::map<std::int64_t, CpuTimes> CpuLoad::sum_by_package(const HostCpuTimes& times) const {
  std::map<std::int64_t, CpuTimes> sums;
  for (std::size_t cpu = 0; cpu < std::min(times.cpus.size(), package_of_.size()); ++cpu) {
    auto& sum = sums[package_of_[cpu]];
    sum.busy_microseconds += times.cpus[cpu].busy_microseconds;
    sum.idle_microseconds += times.cpus[cpu].idle_microseconds;
  }
  return sums;
}

double CpuLoad::of_domain(std::string_view name) const {
  if (!name.starts_with(kPackage)) {
    return host_;
  }
  const auto number = name.substr(kPackage.size());
  const auto id = parse_integer(number.substr(0, number.find('-')));
  const auto found = id ? packages_.find(*id) : packages_.end();
  return found == packages_.end() ? host_ : found->second;
}

}  // namespace wattle::energy
