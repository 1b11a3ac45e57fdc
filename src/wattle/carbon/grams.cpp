#include "wattle/carbon/grams.h"

#include <algorithm>

#include "wattle/base/check.h"
#include "wattle/base/text.h"

namespace wattle::carbon {
namespace {

/// Mean over time of the intensity in an interval, and of its standard deviation.
struct Share {
  GramsPerKwh value;
  double sigma = 0;
};

using PointIterator = std::vector<IntensityPoint>::const_iterator;

PointIterator first_point(const IntensitySlice& slice, UtcTime instant) {
  return std::ranges::partition_point(slice.points, [&](const IntensityPoint& point) {
    return point.interval.end <= instant && point.interval.begin < instant;
  });
}

Share share_of(const IntensitySlice& slice, const Interval& interval) {
  auto point = first_point(slice, interval.begin);
  if (point == slice.points.end()) {
    --point;  // an instant at the very end of the slice
  }
  const double length = interval.length().value();
  if (length <= 0) {
    return {point->value, point->value.value() * point->relative_sigma};
  }
  Share share;
  for (; point != slice.points.end() && point->interval.begin < interval.end; ++point) {
    const double part = overlap(point->interval, interval).length().value() / length;
    share.value += part * point->value;
    share.sigma += part * point->value.value() * point->relative_sigma;
  }
  return share;
}

Status check_covered(const IntensitySlice& slice, const Interval& interval) {
  WATTLE_RETURN_IF_ERROR(check_interval(interval));
  if (!slice.points.empty() && slice.interval.begin <= interval.begin &&
      interval.end <= slice.interval.end) {
    return {};
  }
  return Error(ErrorCode::kNotFound,
               concat("the intensity of ", slice.zone, " covers ", to_rfc3339(slice.interval.begin),
                      " to ", to_rfc3339(slice.interval.end), ", not the energy used from ",
                      to_rfc3339(interval.begin), " to ", to_rfc3339(interval.end)));
}

}  // namespace

GramsPerKwh OperationalGrams::mean_intensity() const {
  const double kwh = kilowatt_hours(energy_.value());
  return GramsPerKwh(kwh > 0 ? grams_.value().value() / kwh : 0);
}

Status OperationalGrams::add(const OperationalGrams& other) {
  WATTLE_RETURN_IF_ERROR(check_same_signal(signal_, other.signal_, "adding grams"));
  energy_ += other.energy_;
  grams_ += other.grams_;
  return {};
}

Result<GramsCo2e> OperationalGrams::saved_against(const OperationalGrams& counterfactual) const {
  WATTLE_RETURN_IF_ERROR(check_same_signal(signal_, counterfactual.signal_, "comparing grams"));
  return counterfactual.grams_.value() - grams_.value();
}

Interval span_of(std::span<const EnergyInterval> series) {
  WATTLE_CHECK(!series.empty(), "the span of no intervals");
  Interval span = series.front().interval;
  for (const auto& part : series) {
    span.begin = std::min(span.begin, part.interval.begin);
    span.end = std::max(span.end, part.interval.end);
  }
  return span;
}

Result<OperationalGrams> operational_grams(std::span<const EnergyInterval> series,
                                           const IntensitySlice& slice) {
  Estimate<Joules> energy;
  GramsCo2e sum;
  double intensity_sigma = 0;
  std::vector<ErrorTerm> errors;
  Quality quality = slice.quality;
  for (const auto& part : series) {
    WATTLE_RETURN_IF_ERROR(check_covered(slice, part.interval));
    const Share share = share_of(slice, part.interval);
    const double kwh = kilowatt_hours(part.energy.value());
    sum += part.energy.value() * share.value;
    intensity_sigma += kwh * share.sigma;
    accumulate_errors(errors, part.energy.errors(), share.value.value() / kJoulesPerKwh);
    quality = worse(quality, part.energy.quality());
    energy += part.energy;
  }
  Estimate<GramsCo2e> total(sum, quality);
  for (auto& term : errors) {
    total.add_error(std::move(term.cause), term.sigma);
  }
  total.add_error(concat("intensity:", slice.zone, ":", slice.source), intensity_sigma);
  return OperationalGrams(slice.signal, std::move(energy), std::move(total));
}

}  // namespace wattle::carbon
