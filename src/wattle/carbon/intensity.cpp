#include "wattle/carbon/intensity.h"

#include <algorithm>

#include "wattle/base/text.h"

namespace wattle::carbon {

std::string_view to_string(Signal signal) {
  return signal == Signal::kAverage ? "average" : "marginal";
}

std::string_view to_string(Vintage vintage) {
  switch (vintage) {
    case Vintage::kMeasured:
      return "measured";
    case Vintage::kEstimated:
      return "estimated";
    case Vintage::kForecast:
      return "forecast";
    case Vintage::kYearly:
      return "yearly";
  }
  return "";
}

Status check_same_signal(Signal a, Signal b, std::string_view what) {
  if (a == b) {
    return {};
  }
  return Error(ErrorCode::kInvalidArgument,
               concat(what, " of ", to_string(a), " and of ", to_string(b),
                      " intensity: the two signals answer different questions and are never mixed; "
                      "take both from sources of one signal"));
}

Status check_interval(const Interval& interval) {
  if (interval.is_valid()) {
    return {};
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("the interval ends at ", to_rfc3339(interval.end), ", before it begins at ",
                      to_rfc3339(interval.begin)));
}

GramsPerKwh time_mean(const IntensitySlice& slice) {
  if (slice.points.empty() || slice.interval.length().value() <= 0) {
    return slice.points.empty() ? GramsPerKwh(0) : slice.points.front().value;
  }
  double weighted = 0;
  for (const auto& point : slice.points) {
    weighted += point.value.value() * point.interval.length().value();
  }
  return GramsPerKwh(weighted / slice.interval.length().value());
}

Vintage worst_vintage(const IntensitySlice& slice) {
  Vintage worst = Vintage::kMeasured;
  for (const auto& point : slice.points) {
    worst = std::max(worst, point.vintage);
  }
  return worst;
}

Result<GramsPerKwh> difference(const IntensitySlice& a, const IntensitySlice& b) {
  WATTLE_RETURN_IF_ERROR(check_same_signal(a.signal, b.signal, "comparing the means"));
  return time_mean(a) - time_mean(b);
}

Status append(IntensitySlice& head, const IntensitySlice& tail) {
  WATTLE_RETURN_IF_ERROR(check_same_signal(head.signal, tail.signal, "joining slices"));
  if (head.zone != tail.zone || head.source != tail.source) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("joining slices of ", head.zone, " from ", head.source, " and of ",
                        tail.zone, " from ", tail.source, ": they must be of one zone and source"));
  }
  if (head.interval.end != tail.interval.begin) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("joining slices: the first ends at ", to_rfc3339(head.interval.end),
                        ", the second begins at ", to_rfc3339(tail.interval.begin)));
  }
  head.interval.end = tail.interval.end;
  head.points.insert(head.points.end(), tail.points.begin(), tail.points.end());
  head.resolution = std::max(head.resolution, tail.resolution);
  for (const auto& note : tail.notes) {
    if (std::ranges::find(head.notes, note) == head.notes.end()) {
      head.notes.push_back(note);
    }
  }
  return {};
}

}  // namespace wattle::carbon
