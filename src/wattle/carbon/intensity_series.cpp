#include "wattle/carbon/intensity_series.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "wattle/base/text.h"
#include "wattle/carbon/number_text.h"

namespace wattle::carbon {
namespace {

// Standard deviations over value, from the shared hourly and half-hourly data (80th percentile over
// 1.28): of a half hour within its hour, and of a straight line over a gap of so many hours.
constexpr double kMeasuredSigma = 0.02;
constexpr double kBridgeSigma = 0.014;
constexpr double kBridgeSigmaPerHour = 0.0092;
// A publisher's own estimate says not how it was made; taken as that of a gap of ten hours.
constexpr double kPublisherGapHours = 10;

double sigma_of_bridge(double hours) {
  return std::hypot(kMeasuredSigma, kBridgeSigma + kBridgeSigmaPerHour * hours);
}

/// The commonest difference of neighbours, the smaller of equals; an hour for a single row.
std::int64_t infer_step(const std::vector<std::int64_t>& times) {
  std::map<std::int64_t, std::size_t> counts;
  for (std::size_t i = 1; i < times.size(); ++i) {
    ++counts[times[i] - times[i - 1]];
  }
  std::int64_t step = 3600;
  std::size_t best = 0;
  for (const auto& [difference, count] : counts) {
    if (count > best) {
      best = count;
      step = difference;
    }
  }
  return step;
}

std::vector<std::uint32_t> order_of(const SeriesBatch& batch) {
  std::vector<std::uint32_t> order(batch.times.size());
  std::iota(order.begin(), order.end(), 0U);
  if (!std::ranges::is_sorted(batch.times)) {
    std::ranges::stable_sort(order, {}, [&](std::uint32_t row) { return batch.times[row]; });
  }
  return order;
}

Error contradiction(const std::string& file, const SeriesBatch& batch, std::size_t column,
                    std::uint32_t first, std::uint32_t second) {
  const auto& cells = batch.columns[column].cells;
  return {ErrorCode::kParse,
          concat(file, ":", batch.lines[second], ": ", batch.columns[column].zone, " at ",
                 to_rfc3339({batch.times[second] * kNanosPerSecond}), " is ",
                 number_text(cells[second].value().value()), " g/kWh, but line ",
                 batch.lines[first], " says ", number_text(cells[first].value().value()),
                 "; remove one, or if the times are local write their offset (+01:00)")};
}

struct Merged {
  std::vector<std::int64_t> times;
  std::vector<std::vector<Cell>> columns;
  std::size_t repeated_rows = 0;
};

/// Copies the rows in order; rows of one time become one when they do not contradict each other.
Result<Merged> merge(const std::string& file, const SeriesBatch& batch) {
  Merged merged;
  merged.columns.resize(batch.columns.size());
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t row : order_of(batch)) {
    const bool repeated = !kept.empty() && merged.times.back() == batch.times[row];
    if (repeated) {
      ++merged.repeated_rows;
    } else {
      merged.times.push_back(batch.times[row]);
      kept.push_back(row);
    }
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      const Cell cell = batch.columns[i].cells[row];
      auto& cells = merged.columns[i];
      if (!repeated) {
        cells.push_back(cell);
      } else if (cells.back().is_gap()) {
        cells.back() = cell;
      } else if (!cell.is_gap() && cell.value() != cells.back().value()) {
        return contradiction(file, batch, i, kept.back(), row);
      }
    }
  }
  return merged;
}

}  // namespace

Cell::Cell(GramsPerKwh value, bool is_estimated)
    : bits_(static_cast<std::int32_t>(std::lround(value.value() * 1000)) * 2 +
            (is_estimated ? 1 : 0)) {}

Result<std::vector<IntensitySeries>> IntensitySeries::build(const std::string& file,
                                                            SeriesBatch batch) {
  WATTLE_ASSIGN_OR_RETURN(Merged merged, merge(file, batch));
  const auto times = std::make_shared<const std::vector<std::int64_t>>(std::move(merged.times));
  const std::int64_t step = infer_step(*times);
  std::vector<IntensitySeries> all;
  for (std::size_t i = 0; i < merged.columns.size(); ++i) {
    IntensitySeries series;
    series.file_ = file;
    series.times_ = times;
    series.cells_ = std::move(merged.columns[i]);
    series.step_seconds_ = step;
    series.report_.zone = batch.columns[i].zone;
    if (std::ranges::all_of(series.cells_, &Cell::is_gap)) {
      continue;
    }
    series.describe(merged.repeated_rows);
    all.push_back(std::move(series));
  }
  return all;
}

void IntensitySeries::describe(std::size_t repeated_rows) {
  const auto has_value = [](Cell cell) { return !cell.is_gap(); };
  const auto first = std::ranges::find_if(cells_, has_value) - cells_.begin();
  std::size_t last = static_cast<std::size_t>(first);
  std::int64_t longest = 0;
  for (std::size_t i = last + 1; i < cells_.size(); ++i) {
    if (cells_[i].is_gap()) {
      continue;
    }
    const std::int64_t gap =
        std::max<std::int64_t>(0, (*times_)[i] - (end_of(last).ns / kNanosPerSecond));
    report_.missing_steps += static_cast<std::size_t>(gap / step_seconds_);
    longest = std::max(longest, gap);
    last = i;
  }
  report_.covered = {time_at(static_cast<std::size_t>(first)), end_of(last)};
  report_.resolution = Seconds(static_cast<double>(step_seconds_));
  report_.longest_gap = Seconds(static_cast<double>(longest));
  report_.repeated_rows = repeated_rows;
}

UtcTime IntensitySeries::end_of(std::size_t index) const {
  std::int64_t end = (*times_)[index] + step_seconds_;
  if (index + 1 < times_->size()) {
    end = std::min(end, (*times_)[index + 1]);
  }
  return {end * kNanosPerSecond};
}

IntensityPoint IntensitySeries::value_at(std::size_t index) const {
  const Cell cell = cells_[index];
  return {{time_at(index), end_of(index)},
          cell.value(),
          cell.is_estimated() ? Vintage::kEstimated : Vintage::kMeasured,
          cell.is_estimated() ? sigma_of_bridge(kPublisherGapHours) : kMeasuredSigma};
}

Error IntensitySeries::not_covered(UtcTime instant) const {
  return {
      ErrorCode::kNotFound,
      concat(file_, " has no intensity of ", zone(), " at ", to_rfc3339(instant), "; it covers ",
             to_rfc3339(report_.covered.begin), " to ", to_rfc3339(report_.covered.end))};
}

Result<IntensityPoint> IntensitySeries::bridge(UtcTime instant, Seconds bridge_limit) const {
  if (instant < report_.covered.begin || instant >= report_.covered.end) {
    return not_covered(instant);
  }
  const auto after = std::ranges::upper_bound(*times_, instant.ns / kNanosPerSecond);
  auto next = static_cast<std::size_t>(after - times_->begin());
  std::size_t previous = next - 1;
  while (cells_[previous].is_gap()) {
    --previous;
  }
  while (cells_[next].is_gap()) {
    ++next;
  }
  const UtcTime begin = end_of(previous);
  const UtcTime end = time_at(next);
  if (end - begin > bridge_limit) {
    return Error(ErrorCode::kNotFound,
                 concat(file_, " has a gap of ", format_duration(end - begin), " for ", zone(),
                        " from ", to_rfc3339(begin), " to ", to_rfc3339(end),
                        ", over the limit of ", format_duration(bridge_limit)));
  }
  const std::int64_t step_ns = step_seconds_ * kNanosPerSecond;
  const std::int64_t step_begin = begin.ns + (instant.ns - begin.ns) / step_ns * step_ns;
  const double share = (UtcTime{step_begin} - time_at(previous)) / (end - time_at(previous));
  const double low = cells_[previous].value().value();
  const double high = cells_[next].value().value();
  return IntensityPoint{{{step_begin}, std::min(end, UtcTime{step_begin + step_ns})},
                        GramsPerKwh(low + share * (high - low)),
                        Vintage::kEstimated,
                        sigma_of_bridge((end - begin).value() / 3600)};
}

Result<std::vector<IntensityPoint>> IntensitySeries::points(const Interval& interval,
                                                            Seconds bridge_limit) const {
  std::vector<IntensityPoint> points;
  UtcTime cursor = interval.begin;
  do {
    const auto after = std::ranges::upper_bound(
        *times_, cursor.ns, {}, [](std::int64_t seconds) { return seconds * kNanosPerSecond; });
    const auto index = static_cast<std::size_t>(after - times_->begin());
    const bool covered = index > 0 && !cells_[index - 1].is_gap() && cursor < end_of(index - 1);
    if (covered) {
      points.push_back(value_at(index - 1));
    } else {
      WATTLE_ASSIGN_OR_RETURN(const IntensityPoint bridged, bridge(cursor, bridge_limit));
      points.push_back(bridged);
    }
    auto& piece = points.back().interval;
    piece = {cursor, std::min(interval.end, piece.end)};
    cursor = piece.end;
  } while (cursor < interval.end);
  return points;
}

}  // namespace wattle::carbon
