// Operational grams: each interval's energy times the intensity of that very interval.
//
// Units:    Joules in, GramsCo2e out; intensities in GramsPerKwh.
// Errors:   kInvalidArgument for a reversed interval or mixed signals; kNotFound when the intensity
//           does not cover the energy.
// Threads:  value types and pure functions.
// Lifetime: value types.
// The error of the intensity has the cause "intensity:ZONE:SOURCE", so that it does not average out
// over the intervals of a run or the runs of a zone.
#pragma once

#include <span>
#include <string>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/carbon/intensity.h"

namespace wattle::carbon {

/// Energy used over an interval, at constant power within it.
struct EnergyInterval {
  Interval interval;
  Estimate<Joules> energy;
};

/// Grams of one signal. They add and compare within that signal only.
class OperationalGrams {
 public:
  OperationalGrams(Signal signal, Estimate<Joules> energy, Estimate<GramsCo2e> grams)
      : signal_(signal), energy_(std::move(energy)), grams_(std::move(grams)) {}

  Signal signal() const { return signal_; }
  const Estimate<Joules>& energy() const { return energy_; }
  const Estimate<GramsCo2e>& grams() const { return grams_; }
  /// Mean weighted by energy; 0 without energy.
  GramsPerKwh mean_intensity() const;

  /// kInvalidArgument when `other` is of the other signal.
  Status add(const OperationalGrams& other);
  /// What `this` emits less than `counterfactual`; kInvalidArgument across signals.
  Result<GramsCo2e> saved_against(const OperationalGrams& counterfactual) const;

 private:
  Signal signal_;
  Estimate<Joules> energy_;
  Estimate<GramsCo2e> grams_;
};

/// The shortest interval that holds all of the series. REQUIRES: not empty.
Interval span_of(std::span<const EnergyInterval> series);

/// `slice` covers the whole series (ask a source for span_of(series)). An interval over several
/// points is divided by time.
Result<OperationalGrams> operational_grams(std::span<const EnergyInterval> series,
                                           const IntensitySlice& slice);

}  // namespace wattle::carbon
