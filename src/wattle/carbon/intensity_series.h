// Values of intensity by time for the zones of one file, packed to four bytes a value.
//
// Units:    seconds since 1970 (UTC); milligrams CO2e per kilowatt-hour, so that three decimals
// come
//           back exactly.
// Errors:   kParse names both lines of rows that contradict each other; kNotFound says what is
//           covered.
// Threads:  building: one thread; reading: any.
// Lifetime: series of one batch share their times.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wattle/carbon/intensity.h"

namespace wattle::carbon {

/// One cell: its value, whether the publisher calls it estimated, or nothing.
class Cell {
 public:
  Cell() = default;
  /// REQUIRES: from 0 to 3000.
  Cell(GramsPerKwh value, bool is_estimated);

  bool is_gap() const { return bits_ < 0; }
  bool is_estimated() const { return (bits_ & 1) != 0; }
  GramsPerKwh value() const { return GramsPerKwh(static_cast<double>(bits_ >> 1) / 1000); }
  friend bool operator==(Cell, Cell) = default;

 private:
  std::int32_t bits_ = -1;
};

/// Rows as they come: any order, duplicates, gaps. One column a zone.
struct SeriesBatch {
  struct Column {
    std::string zone;
    std::vector<Cell> cells;
  };
  std::vector<std::int64_t> times;
  std::vector<std::uint32_t> lines;
  std::vector<Column> columns;
};

/// What stands out in the data of a zone.
struct SeriesReport {
  std::string zone;
  Interval covered;
  Seconds resolution;
  std::size_t missing_steps = 0;  // inside `covered`
  Seconds longest_gap;
  std::size_t repeated_rows = 0;
};

class IntensitySeries {
 public:
  /// Sorts, drops repetitions and infers the resolution (the commonest step). `file` names the
  /// source in messages. Zones without any value are left out.
  static Result<std::vector<IntensitySeries>> build(const std::string& file, SeriesBatch batch);

  const std::string& zone() const { return report_.zone; }
  const SeriesReport& report() const { return report_; }
  /// Points that cover the interval. A gap up to `bridge_limit` is drawn as a line between its
  /// neighbours, in steps, and marked kEstimated; a longer one is kNotFound.
  Result<std::vector<IntensityPoint>> points(const Interval& interval, Seconds bridge_limit) const;

 private:
  struct Gap;
  IntensityPoint value_at(std::size_t index) const;
  UtcTime time_at(std::size_t index) const { return {(*times_)[index] * kNanosPerSecond}; }
  UtcTime end_of(std::size_t index) const;
  Result<IntensityPoint> bridge(UtcTime instant, Seconds bridge_limit) const;
  Error not_covered(UtcTime instant) const;
  void describe(std::size_t repeated_rows);

  std::string file_;
  std::shared_ptr<const std::vector<std::int64_t>> times_;  // shared by the zones of one file
  std::vector<Cell> cells_;
  std::int64_t step_seconds_ = 3600;
  SeriesReport report_;
};

}  // namespace wattle::carbon
