#include "wattle/carbon/yearly_averages.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <span>

#include "wattle/base/text.h"

namespace wattle::carbon {
namespace {

struct Knot {
  double at;
  double sigma;
};

// Measured: |mean over the window / mean of the year - 1|, windows starting all over 2022, 42
// zones.
constexpr std::array<Knot, 8> kWithinYear{{{1, 0.265},
                                           {4, 0.257},
                                           {24, 0.220},
                                           {168, 0.176},
                                           {720, 0.139},
                                           {2190, 0.104},
                                           {4380, 0.070},
                                           {8760, 0}}};
// Measured: 84 to 159 pairs of yearly averages of one zone, one to three years apart.
constexpr std::array<double, 4> kBetweenYears{0, 0.169, 0.203, 0.221};
// Measured: the 16 grid zones of the table that have a figure of their own, against their country.
constexpr double kCountryForPart = 0.25;
// Measured: the 212 countries of the table against the world average.
constexpr double kWorldForUnknown = 0.53;

int year_of(UtcTime time) {
  const std::time_t seconds = time.ns / kNanosPerSecond;
  std::tm civil{};
  gmtime_r(&seconds, &civil);
  return civil.tm_year + 1900;
}

const std::optional<YearlyFigure<GramsPerKwh>>& figure_of(const ZoneFacts& facts, Signal signal) {
  return signal == Signal::kAverage ? facts.average : facts.marginal;
}

/// The error of putting `used` in the place of `asked`.
double sigma_of_place(const ZoneFacts& used, const ResolvedZone& asked) {
  if (used.kind == ZoneKind::kWorld) {
    return kWorldForUnknown;
  }
  const bool part_of_country =
      asked.candidates.size() > 1 &&
      asked.candidates[asked.candidates.size() - 2].find('-') != std::string::npos &&
      asked.candidates[asked.candidates.size() - 2].find(':') == std::string::npos;
  return used.kind == ZoneKind::kCountry && part_of_country ? kCountryForPart : 0;
}

}  // namespace

double sigma_within_year(Seconds length) {
  const double hours = length.value() / 3600;
  if (hours <= kWithinYear.front().at) {
    return kWithinYear.front().sigma;
  }
  for (std::size_t i = 1; i < kWithinYear.size(); ++i) {
    const Knot& left = kWithinYear[i - 1];
    const Knot& right = kWithinYear[i];
    if (hours < right.at) {
      const double share = std::log(hours / left.at) / std::log(right.at / left.at);
      return left.sigma + share * (right.sigma - left.sigma);
    }
  }
  return 0;
}

double sigma_between_years(int years) {
  const auto apart = static_cast<std::size_t>(std::abs(years));
  return kBetweenYears[std::min(apart, kBetweenYears.size() - 1)];
}

Result<IntensitySlice> YearlyAverages::intensity(std::string_view zone, const Interval& interval) {
  WATTLE_RETURN_IF_ERROR(check_interval(interval));
  WATTLE_ASSIGN_OR_RETURN(const ResolvedZone resolved, atlas_.resolve(zone));
  for (const auto& candidate : resolved.candidates) {
    const ZoneFacts* facts = atlas_.find(candidate);
    if (facts == nullptr || !figure_of(*facts, signal_)) {
      continue;
    }
    const auto& figure = *figure_of(*facts, signal_);
    const double sigma = std::hypot(sigma_within_year(interval.length()),
                                    sigma_between_years(year_of(interval.begin) - figure.year),
                                    sigma_of_place(*facts, resolved));
    IntensitySlice slice;
    slice.interval = interval;
    slice.points = {{interval, figure.value, Vintage::kYearly, sigma}};
    slice.signal = signal_;
    slice.resolution = Seconds(8760.0 * 3600);
    slice.zone = facts->zone;
    slice.source = signal_ == Signal::kAverage
                       ? facts->average_source
                       : "Green Software Foundation, real-time cloud (WattTime)";
    slice.year = figure.year;
    if (candidate != resolved.zone) {
      slice.notes.push_back(concat(
          resolved.zone, " has no yearly ", to_string(signal_), " of its own; that of ",
          facts->zone, facts->name.empty() ? "" : concat(" (", facts->name, ")"), " is used"));
    }
    return slice;
  }
  return Error(
      ErrorCode::kNotFound,
      concat("no yearly ", to_string(signal_), " intensity is built in for ", resolved.zone,
             signal_ == Signal::kAverage
                 ? "; name a neighbouring zone, 'world', or an hourly file"
                 : "; marginal figures exist for cloud regions only; give an hourly file"));
}

}  // namespace wattle::carbon
