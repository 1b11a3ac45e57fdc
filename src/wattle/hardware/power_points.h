// What a host draws at rest and under known loads, read from its counter: the points by which the
// CPU power model is calibrated on hosts of the same kind that have no counter.
//
// Units:    Joules and Seconds, cumulative, of the whole host; Watts; utilisation in [0, 1].
// Errors:   no counter, a counter that stands still, or a busy host: no points.
// Threads:  measure_power_points on one thread; a load starts its own and joins them.
// Lifetime: borrows source and exerciser during the call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/estimate.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::hardware {

/// Cumulative readings of one instant.
struct PowerSample {
  BootTime at;
  Joules energy;
  Seconds busy;  // of all CPUs together
};

/// Where readings come from; the caller wires a meter to it.
struct PowerSource {
  std::function<std::optional<PowerSample>()> sample;  // nullopt: not readable now
  Quality quality = Quality::kCounter;
  std::string error_cause;    // of the counter's calibration, see Estimate
  double relative_sigma = 0;  // of that error
  int logical_cpus = 1;
};

struct PowerPoint {
  double utilisation = 0;
  Estimate<Watts> power;
  Seconds window{0};
};

/// Does nothing, or keeps threads busy, for a while.
class Exerciser {
 public:
  virtual ~Exerciser() = default;
  virtual void rest(Seconds duration) = 0;
  virtual void load(int threads, Seconds duration) = 0;
};

/// Sleeps, or runs multiply-adds and histograms on threads of its own.
class HostExerciser final : public Exerciser {
 public:
  explicit HostExerciser(const Clock& clock) : clock_(clock) {}
  void rest(Seconds duration) override;
  void load(int threads, Seconds duration) override;

 private:
  const Clock& clock_;
};

struct PowerPlan {
  int granted_cores = 1;
  Seconds rest{2};
  Seconds load{1};
  double quiet_utilisation = 0.05;  // above it at rest the host is not ours to calibrate
};

/// Rest, one thread, half the granted cores, all of them: up to four points, idle first. Bounded by
/// plan.rest + 3 plan.load of wall time.
std::vector<PowerPoint> measure_power_points(const PowerSource& source, Exerciser& exerciser,
                                             const PowerPlan& plan);

}  // namespace wattle::hardware
