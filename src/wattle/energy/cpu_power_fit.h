// The arithmetic of the processor's power curve: value, gradient, and the Bayesian fit of its four
// parameters to observed powers. CpuPowerModel gives it meaning.
//
// Units:    Watts; errors are standard deviations of ln(watts), so about
//           relative.
// Errors:   none. REQUIRES: loads and frequencies in (0, 1], watts above zero.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <array>
#include <span>

#include "wattle/base/units.h"

namespace wattle::energy {

inline constexpr std::size_t kCpuParameters = 4;
using CpuVector = std::array<double, kCpuParameters>;
using CpuMatrix = std::array<CpuVector, kCpuParameters>;

/// A normal distribution over the parameters of
/// watts = scale * (e^p0 + e^p1 * g(load; e^p2) * frequency^(e^p3)).
struct CpuPowerFit {
  Watts scale;
  CpuVector mean{};
  CpuMatrix covariance{};
  /// Relative clock of an idle processor, where an observation does not tell the clock; it is then
  /// taken to rise to 1 with the load, as under the kernel's usual governors.
  double idle_clock = 1;
  /// Residuals of this host over those that are usual.
  double noise = 1;
  /// Observations that the fit has seen.
  int observations = 0;
};

struct CpuObservation {
  double load = 0;       // 0 to 1
  double frequency = 1;  // relative; the assumed one when it is not known
  bool frequency_known = false;
  Watts power;
};

struct CpuLogPower {
  double value = 0;      // ln(watts)
  CpuVector gradient{};  // by the parameters
};

double assumed_frequency(const CpuPowerFit& fit, double load);
CpuLogPower log_power(const CpuPowerFit& fit, double load, double frequency);
/// Standard deviation of ln(watts) that remains when the parameters are known.
double residual_sigma(const CpuPowerFit& fit, bool frequency_known);
/// Standard deviation of ln(watts) of a prediction: parameters and residual.
double predictive_sigma(const CpuPowerFit& fit, const CpuLogPower& at, bool frequency_known);

/// The posterior: `prior` with the observations taken into account (Laplace's approximation at the
/// most probable parameters, found by Levenberg-Marquardt).
CpuPowerFit fit_cpu_power(const CpuPowerFit& prior, std::span<const CpuObservation> observations);

}  // namespace wattle::energy
