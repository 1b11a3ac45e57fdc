// Power of a processor from how busy it is, for hosts on which no energy counter can be read.
//
//   watts = scale * (I + D * g(load) * frequency^b),  g(u) = (1 - exp(-c u)) / (1 - exp(-c))
//
// A package that is awake draws I; the first busy cores cost more than the last (shared caches,
// fabric and hyper-threads: c); power falls with the clock (b). What is known of the host (a
// published range of its processor, else its rated power) gives a prior over (I, D, c, b);
// calibration points of the host narrow it by Bayes' rule. The error of the figures is the
// posterior's and the residual's.
//
// Units:    Watts of all packages of the host, or of the virtual machine's share of its host;
//           memory is not in it. Load is the mean utilisation of the logical CPUs, 0 to 1.
// Errors:   none at run time: what is unknown widens the interval. parse() refuses damaged text.
// Threads:  a value type. Lifetime: a value type.
// See:      docs/concepts/cpu-power-model.md for derivation, sources and how far off it is.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/energy/cpu_power_fit.h"

namespace wattle::energy {

/// What is known of a host's processor without measuring it. Zero counts mean unknown.
struct CpuDescription {
  std::string model_name;  // as in /proc/cpuinfo
  int logical_cpus = 0;    // of this host, or the virtual CPUs of this machine
  int physical_cores = 0;  // of all packages
  int sockets = 1;
  std::optional<Watts> tdp;      // of one package; else looked up by name
  bool virtual_machine = false;  // the packages belong to a bigger host
  std::string cloud_provider;    // "aws", "azure", "gcp" or ""
};

/// How busy the processor is over an interval.
struct CpuActivity {
  double load = 0;
  /// Mean clock of the logical CPUs (scaling_cur_freq, or cycles over time) over the highest clock
  /// the processor reports (cpuinfo_max_freq). Without it a typical governor is assumed, and the
  /// interval is wider.
  std::optional<double> relative_frequency;
};

struct CalibrationPoint {
  CpuActivity activity;
  Watts power;
};

class CpuPowerModel {
 public:
  /// What the tables say of such a processor; nothing of this host has been measured.
  static CpuPowerModel prior(const CpuDescription& cpu);
  /// Reads what serialise() wrote. kParse says which key is missing or wrong.
  static Result<CpuPowerModel> parse(std::string_view text);

  /// This model with the points taken into account; it may be calibrated further. A point is
  /// rejected when it is no number, not above zero, or further than four standard deviations from
  /// what this model holds possible: a counter in package sleep reads 1 % of the real power.
  CpuPowerModel calibrate(std::span<const CalibrationPoint> points) const;

  /// Rises with load at a given frequency; never negative. Load outside [0, 1] is clamped; a load
  /// that is no number gives the middle of the range with the range as its error.
  Estimate<Watts> power(const CpuActivity& activity) const;
  Estimate<Watts> power(double load) const { return power(CpuActivity{load, std::nullopt}); }
  Estimate<Watts> idle() const { return power(0); }

  /// A few lines of text, the same on every machine, from which parse() makes an equal model.
  std::string serialise() const;

  /// Where the prior came from, for people: "rated 90 W by the table, SPECpower range".
  const std::string& source() const { return source_; }
  /// The correlated cause of its errors: "cpu-model:<model name>".
  const std::string& cause() const { return cause_; }
  int calibration_points() const { return fit_.observations; }
  int rejected_points() const { return rejected_; }

 private:
  std::string cause_;
  std::string source_;
  CpuPowerFit fit_;
  int rejected_ = 0;
};

}  // namespace wattle::energy
