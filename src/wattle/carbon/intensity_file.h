// Hourly, half-hourly or quarter-hourly intensity from a CSV file, plain or gzipped.
//
// Three shapes are told apart by the header: long (time, zone, value), wide (time, then one column
// a zone) and two columns (time, value), whose zone the options name.
//
// Units:    g CO2e per kWh. Times with an offset are taken at their word; without one they are UTC.
// Errors:   kParse with FILE:LINE for a value below 0 or over 3000, for rows that contradict each
//           other, for a time that is none; kInvalidArgument for another unit; kNotFound for a zone
//           or time that the file does not cover.
// Threads:  after opening, any thread.
// Lifetime: owns its data; the file may go.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/csv.h"
#include "wattle/carbon/intensity_series.h"

namespace wattle::carbon {

/// Values outside are mistakes of units or of decimal points; the dirtiest grid is near 1,300.
inline constexpr double kLowestGramsPerKwh = 0;
inline constexpr double kHighestGramsPerKwh = 3000;

struct IntensityFileOptions {
  std::optional<std::string> zone = {};  // of a file in two columns
  std::optional<std::string> value_column =
      {};  // of a long file with several; else its life-cycle one
  Signal signal = Signal::kAverage;
  Seconds bridge_limit = Seconds(3.0 * 3600);
};

class IntensityFile final : public IntensitySource {
 public:
  static Result<std::unique_ptr<IntensityFile>> open(const std::string& path,
                                                     const IntensityFileOptions& options);
  /// Reads text that is already in memory; `name` stands for the file in messages.
  static Result<std::unique_ptr<IntensityFile>> from_text(const std::string& name,
                                                          std::string_view text,
                                                          const IntensityFileOptions& options);

  std::string_view name() const override { return name_; }
  Signal signal() const override { return options_.signal; }
  Result<IntensitySlice> intensity(std::string_view zone, const Interval& interval) override;

  /// Coverage, gaps and repetitions by zone, sorted by zone.
  std::vector<SeriesReport> report() const;

 private:
  IntensityFile(std::string name, IntensityFileOptions options)
      : name_(std::move(name)), options_(std::move(options)) {}
  static Result<std::unique_ptr<IntensityFile>> load(std::string name, CsvReader& reader,
                                                     const IntensityFileOptions& options);

  std::string name_;
  IntensityFileOptions options_;
  std::map<std::string, IntensitySeries, std::less<>> series_;
};

}  // namespace wattle::carbon
