// Recorded traces of power or energy over time, read from CSV (plain or gzipped).
//
// Columns:  time: one of time_seconds, seconds, t_ms_from_run_start, time_ms. Value: one of watts,
// power_watts, node_W (power), joules, energy_joules (cumulative). Optional columns meter,
// benchmark, run and domain split the file into traces; run_ms gives the length of the run that
// the trace surrounds. Others are ignored. A row that repeats the one before it is skipped.
// Units:    seconds from the trace's own zero; watts or joules.
// Errors:   kParse names file and line: an unknown layout, a time that does not advance, a value
// that is negative, energy that decreases, a trace of fewer than two points. Threads:  pure
// functions. Lifetime: value types.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle::energy {

struct PowerTrace {
  enum class Kind { kPower, kEnergy };
  struct Point {
    Seconds at;
    double value = 0;  // watts or joules, by kind
  };

  std::string name;  // the splitting columns joined by '/', or ""
  std::string domain;
  Kind kind = Kind::kPower;
  std::vector<Point> points;
  Seconds run_length{0};  // 0: the file does not tell

  Seconds begin() const { return points.front().at; }
  Seconds end() const { return points.back().at; }
  /// Watts or joules at an instant, straight between points, constant beyond the ends.
  double value_at(Seconds instant) const;
};

Result<std::vector<PowerTrace>> read_power_traces(const std::string& path);

}  // namespace wattle::energy
