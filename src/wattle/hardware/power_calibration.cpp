#include "wattle/hardware/power_calibration.h"

#include <vector>

namespace wattle::hardware {
namespace {

/// Packages with a sensor of their own: a model would only be fitted to itself.
std::vector<std::size_t> measured_packages(const std::vector<energy::Domain>& domains) {
  std::vector<std::size_t> packages;
  for (std::size_t i = 0; i < domains.size(); ++i) {
    const auto& domain = domains[i];
    if (domain.component == energy::Component::kCpu && !domain.part_of &&
        domain.quality != Quality::kModelled) {
      packages.push_back(i);
    }
  }
  return packages;
}

std::optional<PowerSample> sample_of(energy::Meter& meter, energy::HostUsage& usage,
                                     std::span<const std::size_t> packages) {
  const auto reading = meter.read();
  const auto times = usage.read();
  if (!times.ok()) {
    return std::nullopt;
  }
  PowerSample sample{.at = reading.at,
                     .energy = {},
                     .busy = Seconds(static_cast<double>(times->all.busy_microseconds) * 1e-6)};
  for (const std::size_t package : packages) {
    if (reading.stale[package]) {
      return std::nullopt;
    }
    sample.energy += to_joules(reading.energy[package]);
  }
  return sample;
}

}  // namespace

std::optional<PowerSource> processor_counter(const energy::OpenedMeters& meters, int logical_cpus) {
  const auto packages = measured_packages(meters.meter->domains());
  if (packages.empty()) {
    return std::nullopt;
  }
  const auto& first = meters.meter->domains()[packages.front()];
  return PowerSource{.sample = [meter = meters.meter.get(), usage = meters.usage.get(),
                                packages] { return sample_of(*meter, *usage, packages); },
                     .quality = first.quality,
                     .error_cause = first.error_cause,
                     .relative_sigma = first.relative_sigma,
                     .logical_cpus = logical_cpus};
}

energy::CpuPowerModel fit_to_points(const energy::CpuPowerModel& model,
                                    std::span<const PowerPoint> points) {
  std::vector<energy::CalibrationPoint> known;
  for (const auto& point : points) {
    known.push_back({.activity = {.load = point.utilisation, .relative_frequency = {}},
                     .power = point.power.value()});
  }
  return model.calibrate(known);
}

}  // namespace wattle::hardware
