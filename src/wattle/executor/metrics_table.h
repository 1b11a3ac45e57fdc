// Metrics as they come in, bounded; and the forms in which jobs write numbers.
//
// Units:    those of the job. Errors: what is over a limit becomes a note. Threads: one. Lifetime:
// value types.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/executor/metrics.h"

namespace wattle::executor {

class MetricsTable {
 public:
  /// Later points replace earlier ones of the name.
  void add(std::string_view name, double value);
  void note(std::string text) { notes_.push_back(std::move(text)); }
  MetricsSummary finish() &&;

 private:
  std::map<std::string, double, std::less<>> last_;
  std::vector<std::string> notes_;
  std::size_t points_ = 0;
  std::size_t refused_points_ = 0;
  std::size_t refused_names_ = 0;
};

/// "NaN", "nan", "inf", "-Infinity": what JSON has no number for.
std::optional<double> special_number(std::string_view word);
/// The whole text as a number, special ones included.
std::optional<double> metric_number(std::string_view text);

/// Adds the numbers of one JSON line. False when it is none of the shapes of metrics.h.
bool add_metric_line(std::string_view line, MetricsTable& table);

}  // namespace wattle::executor
