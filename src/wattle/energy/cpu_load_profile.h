// Recorded powers of hosts at known loads, as CodeCarbon's load profiling writes them, and how far
// off the processor model is on them when it has not seen the host.
//
// Units:    Watts; loads and clocks as ratios; errors as ratios (0.15 is 15 %).
// Errors:   kNotFound for a folder without such files; kParse with FILE:LINE for a bad number.
// Threads:  one thread. Lifetime: value types.
// See:      docs/concepts/cpu-power-model.md#evidence for what the columns mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/energy/cpu_power_model.h"

namespace wattle::energy {

struct LoadPoint {
  std::string load_type;  // "all_cores": every logical CPU in part; "some_cores": some wholly
  CpuActivity activity;
  /// The energy counter's difference over the row's own duration: the reference.
  Watts counter_power;
  /// The column of watts as published.
  Watts column_power;
  /// CodeCarbon's own estimate, as published.
  Watts codecarbon_power;

  /// The published watts contradict the same row's counter by more than ten times: a mean over
  /// samples of which all but one were empty. True of every idle row, and of no other.
  bool column_is_faulty() const;
};

/// All sweeps of one host. Its processor is described without any power that was measured on it.
struct LoadProfile {
  std::string name;
  CpuDescription cpu;
  Watts rated;  // of all packages
  std::vector<LoadPoint> points;
};

/// Reads every *.csv of the folder, grouped by processor, in the order of file names.
Result<std::vector<LoadProfile>> read_load_profiles(FileSystem& files, const std::string& folder);

/// What counts as the truth, and what the model is told.
struct CpuModelTrial {
  bool use_published_column = false;  // else the counter over the duration
  bool use_frequency = true;
};

struct IntervalCoverage {
  int inside = 0;
  int total = 0;
  double ratio() const { return total == 0 ? 0 : static_cast<double>(inside) / total; }
};

/// Mean absolute relative errors on one host of which the model knows only the name and counts.
struct CpuModelScore {
  std::string host;
  int points = 0;
  double prior_error = 0;
  double calibrated_error = 0;      // three points at low, quarter and high load; on the others
  double random_triples_error = 0;  // mean over random triples; on the others
  double codecarbon_formula_error = 0;
  double codecarbon_column_error = 0;
  IntervalCoverage prior_coverage;
  IntervalCoverage calibrated_coverage;
  IntervalCoverage random_coverage;
};

CpuModelScore score_cpu_model(const LoadProfile& host, const CpuModelTrial& trial);

/// CodeCarbon 3's fallback for a whole machine: rated power * (0.1 + 0.9 load^3).
Watts codecarbon_formula(Watts rated, double load);

}  // namespace wattle::energy
