// How much CO2e a kilowatt-hour carries, over an interval, and the interface of whatever knows it.
//
// Units:    GramsPerKwh, UtcTime, Seconds.
// Errors:   kNotFound: the source does not cover the zone or the time. kUnavailable: it may later.
//           kInvalidArgument: a reversed interval, or two signals about to be mixed.
// Threads:  values are value types; a source belongs to one thread unless it says otherwise.
// Lifetime: a slice owns what it holds.
// See:      docs/concepts/carbon.md for why average and marginal are never mixed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/carbon/interval.h"

namespace wattle::carbon {

/// Two questions with unrelated answers: what the grid emitted per kilowatt-hour, and what one more
/// kilowatt-hour adds.
enum class Signal { kAverage, kMarginal };

/// How a value came to be, from best to worst.
enum class Vintage {
  kMeasured,   // published after the fact for this very time
  kEstimated,  // filled in, by the publisher or by bridging a gap
  kForecast,   // said before the fact
  kYearly,     // the mean of a year, which knows nothing of the hour
};

std::string_view to_string(Signal signal);
std::string_view to_string(Vintage vintage);

/// A constant value over an interval.
struct IntensityPoint {
  Interval interval;
  GramsPerKwh value;
  Vintage vintage = Vintage::kMeasured;
  double relative_sigma = 0;  // standard deviation over value
};

/// The answer of a source: contiguous points that cover `interval` exactly, with their provenance.
struct IntensitySlice {
  Interval interval;
  std::vector<IntensityPoint> points;
  Signal signal = Signal::kAverage;
  Seconds resolution;            // of the data, not of the points
  std::string zone;              // whose values these are; may be coarser than what was asked for
  std::string source;            // "Our World in Data / Ember", "ci_2022.csv.gz"
  std::optional<int> year;       // of a yearly average
  std::optional<UtcTime> as_of;  // last refresh of a live source; tables and files have none
  Quality quality = Quality::kPublished;
  std::vector<std::string> notes;  // fallbacks taken, gaps bridged: one sentence each
};

class IntensitySource {
 public:
  virtual ~IntensitySource() = default;
  /// As a reader would name it; the `source` of its slices.
  virtual std::string_view name() const = 0;
  /// The signal of all its slices.
  virtual Signal signal() const = 0;
  /// The intensity of `zone` over `interval`; of one instant when begin == end.
  virtual Result<IntensitySlice> intensity(std::string_view zone, const Interval& interval) = 0;
};

/// kInvalidArgument when the signals differ; `what` names the deed, as in "adding grams".
Status check_same_signal(Signal a, Signal b, std::string_view what);
/// kInvalidArgument when the interval ends before it begins.
Status check_interval(const Interval& interval);

/// Mean over time; at an instant, its value.
GramsPerKwh time_mean(const IntensitySlice& slice);
/// The worst vintage of its points.
Vintage worst_vintage(const IntensitySlice& slice);
/// Mean of `a` minus mean of `b`; refuses slices of different signals.
Result<GramsPerKwh> difference(const IntensitySlice& a, const IntensitySlice& b);
/// Joins `tail` to the end of `head`; refuses another signal, zone or source, or a gap between.
Status append(IntensitySlice& head, const IntensitySlice& tail);

}  // namespace wattle::carbon
