#include "wattle/energy/cpu_power_fit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "wattle/base/check.h"

namespace wattle::energy {
namespace {

// Scatter of one host's points about a curve fitted to all of them: 5 to 10 % where the mean clock
// of a processor is known, twice that where it is not; a little more, for programs that draw other
// power at equal load than the load generators that were measured.
constexpr double kResidualKnownClock = 0.12;
constexpr double kResidualUnknownClock = 0.22;
// A host's own scatter replaces the usual one gradually: the usual one counts as ten points.
constexpr double kUsualNoiseWeight = 10;

constexpr std::size_t kN = kCpuParameters;

double dot(const CpuVector& a, const CpuVector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kN; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

CpuVector multiply(const CpuMatrix& m, const CpuVector& v) {
  CpuVector product{};
  for (std::size_t i = 0; i < kN; ++i) {
    product[i] = dot(m[i], v);
  }
  return product;
}

/// The inverse of a symmetric positive definite matrix (Gauss-Jordan; such need no pivoting).
CpuMatrix inverse(CpuMatrix m) {
  CpuMatrix result{};
  for (std::size_t i = 0; i < kN; ++i) {
    result[i][i] = 1;
  }
  for (std::size_t column = 0; column < kN; ++column) {
    const double pivot = m[column][column];
    WATTLE_CHECK(pivot > 0, "the covariance of a processor's parameters is positive definite");
    for (std::size_t j = 0; j < kN; ++j) {
      m[column][j] /= pivot;
      result[column][j] /= pivot;
    }
    for (std::size_t row = 0; row < kN; ++row) {
      const double factor = row == column ? 0 : m[row][column];
      for (std::size_t j = 0; j < kN; ++j) {
        m[row][j] -= factor * m[column][j];
        result[row][j] -= factor * result[column][j];
      }
    }
  }
  return result;
}

/// Least squares of one round: the objective, its gradient and its Gauss-Newton curvature.
struct Normal {
  double objective = 0;
  CpuVector slope{};
  CpuMatrix curvature{};
};

Normal normal_equations(const CpuPowerFit& at, const CpuPowerFit& prior, const CpuMatrix& precision,
                        std::span<const CpuObservation> observations) {
  Normal normal;
  CpuVector off{};
  for (std::size_t i = 0; i < kN; ++i) {
    off[i] = at.mean[i] - prior.mean[i];
  }
  normal.slope = multiply(precision, off);
  normal.curvature = precision;
  normal.objective = dot(off, normal.slope);
  for (const auto& seen : observations) {
    const CpuLogPower predicted = log_power(at, seen.load, seen.frequency);
    const double sigma = residual_sigma(prior, seen.frequency_known);
    const double residual = (predicted.value - std::log(seen.power.value())) / sigma;
    normal.objective += residual * residual;
    for (std::size_t i = 0; i < kN; ++i) {
      const double by_i = predicted.gradient[i] / sigma;
      normal.slope[i] += by_i * residual;
      for (std::size_t j = 0; j < kN; ++j) {
        normal.curvature[i][j] += by_i * predicted.gradient[j] / sigma;
      }
    }
  }
  return normal;
}

CpuVector damped_step(const Normal& normal, double damping) {
  CpuMatrix damped = normal.curvature;
  for (std::size_t i = 0; i < kN; ++i) {
    damped[i][i] *= 1 + damping;
  }
  return multiply(inverse(damped), normal.slope);
}

double updated_noise(const CpuPowerFit& fit, const CpuPowerFit& prior,
                     std::span<const CpuObservation> observations) {
  const double before = kUsualNoiseWeight + prior.observations;
  double squares = before;
  for (const auto& seen : observations) {
    const double residual =
        (log_power(fit, seen.load, seen.frequency).value - std::log(seen.power.value())) /
        residual_sigma(prior, seen.frequency_known);
    squares += residual * residual;
  }
  return prior.noise * std::sqrt(squares / (before + static_cast<double>(observations.size())));
}

}  // namespace

double assumed_frequency(const CpuPowerFit& fit, double load) {
  return fit.idle_clock + (1 - fit.idle_clock) * load;
}

CpuLogPower log_power(const CpuPowerFit& fit, double load, double frequency) {
  const double idle = std::exp(fit.mean[0]);
  const double dynamic = std::exp(fit.mean[1]);
  const double bend = std::exp(fit.mean[2]);
  const double exponent = std::exp(fit.mean[3]);

  const double whole = -std::expm1(-bend);
  const double part = -std::expm1(-bend * load);
  const double shape = part / whole;
  const double shape_by_bend =
      (load * std::exp(-bend * load) * whole - part * std::exp(-bend)) / (whole * whole);
  const double clock = std::pow(frequency, exponent);
  const double sum = idle + dynamic * shape * clock;

  CpuLogPower result;
  result.value = std::log(fit.scale.value() * sum);
  result.gradient = {idle / sum, dynamic * shape * clock / sum,
                     dynamic * clock * shape_by_bend * bend / sum,
                     dynamic * shape * clock * std::log(frequency) * exponent / sum};
  return result;
}

double residual_sigma(const CpuPowerFit& fit, bool frequency_known) {
  return fit.noise * (frequency_known ? kResidualKnownClock : kResidualUnknownClock);
}

double predictive_sigma(const CpuPowerFit& fit, const CpuLogPower& at, bool frequency_known) {
  const double residual = residual_sigma(fit, frequency_known);
  return std::sqrt(dot(at.gradient, multiply(fit.covariance, at.gradient)) + residual * residual);
}

CpuPowerFit fit_cpu_power(const CpuPowerFit& prior, std::span<const CpuObservation> observations) {
  if (observations.empty()) {
    return prior;
  }
  constexpr int kMostRounds = 100;
  constexpr double kSmallestStep = 1e-10;
  constexpr double kGiveUpDamping = 1e12;
  const CpuMatrix precision = inverse(prior.covariance);
  CpuPowerFit fit = prior;
  Normal normal = normal_equations(fit, prior, precision, observations);
  double damping = 1e-3;
  for (int round = 0; round < kMostRounds && damping < kGiveUpDamping; ++round) {
    const CpuVector step = damped_step(normal, damping);
    CpuPowerFit moved = fit;
    for (std::size_t i = 0; i < kN; ++i) {
      moved.mean[i] -= step[i];
    }
    const Normal there = normal_equations(moved, prior, precision, observations);
    if (!(there.objective <= normal.objective)) {  // also when it is no number
      damping *= 10;
      continue;
    }
    fit = moved;
    normal = there;
    damping /= 10;
    if (dot(step, step) < kSmallestStep * kSmallestStep) {
      break;
    }
  }
  fit.covariance = inverse(normal.curvature);
  fit.noise = updated_noise(fit, prior, observations);
  fit.observations = prior.observations + static_cast<int>(observations.size());
  return fit;
}

}  // namespace wattle::energy
