#include "wattle/energy/cpu_power_model.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace wattle::energy {
namespace {

// Below a tenth of the highest clock no processor runs: what claims so is a bad reading.
constexpr double kLowestFrequency = 0.1;
constexpr double kBelievableSigmas = 4;

/// The activity as the curve wants it. REQUIRES: the load is a number.
CpuObservation observe(const CpuPowerFit& fit, const CpuActivity& activity) {
  CpuObservation seen;
  seen.load = std::clamp(activity.load, 0.0, 1.0);
  seen.frequency_known =
      activity.relative_frequency.has_value() && std::isfinite(*activity.relative_frequency);
  seen.frequency = seen.frequency_known
                       ? std::clamp(*activity.relative_frequency, kLowestFrequency, 1.0)
                       : assumed_frequency(fit, seen.load);
  return seen;
}

bool is_believable(const CpuPowerFit& fit, const CpuObservation& seen) {
  const CpuLogPower expected = log_power(fit, seen.load, seen.frequency);
  return std::abs(std::log(seen.power.value()) - expected.value) <=
         kBelievableSigmas * predictive_sigma(fit, expected, seen.frequency_known);
}

}  // namespace

CpuPowerModel CpuPowerModel::calibrate(std::span<const CalibrationPoint> points) const {
  std::vector<CpuObservation> observations;
  for (const auto& point : points) {
    if (std::isnan(point.activity.load) || !std::isfinite(point.power.value()) ||
        point.power.value() <= 0) {
      continue;
    }
    CpuObservation seen = observe(fit_, point.activity);
    seen.power = point.power;
    if (is_believable(fit_, seen)) {
      observations.push_back(seen);
    }
  }
  CpuPowerModel calibrated = *this;
  calibrated.fit_ = fit_cpu_power(fit_, observations);
  calibrated.rejected_ += static_cast<int>(points.size() - observations.size());
  return calibrated;
}

Estimate<Watts> CpuPowerModel::power(const CpuActivity& activity) const {
  if (std::isnan(activity.load)) {
    const Estimate<Watts> rest = power(0);
    const Estimate<Watts> full = power(1);
    Estimate<Watts> middle = (rest + full) * 0.5;
    // A uniform distribution over the range has this standard deviation.
    middle.add_error("cpu-load-unknown", (full.value() - rest.value()).value() / std::sqrt(12.0));
    return middle;
  }
  const CpuObservation seen = observe(fit_, activity);
  const CpuLogPower at = log_power(fit_, seen.load, seen.frequency);
  return {Watts(std::exp(at.value)), Quality::kModelled, cause_,
          predictive_sigma(fit_, at, seen.frequency_known)};
}

}  // namespace wattle::energy
