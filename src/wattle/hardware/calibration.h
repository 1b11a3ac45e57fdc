// How fast one thread of this host is, measured in a few seconds of CPU time.
//
// Time is that of the thread's own CPU clock: a noisy machine makes the calibration take longer,
// not the host look slower. Every figure is the median of short repetitions with their spread, so
// that its 80 % interval is where the next such repetition would fall.
//
// Units:    rates per second of CPU time (kernels.h says of what). Seconds of CPU time.
// Errors:   a piece that cannot be measured within its share of the budget is left out and named.
// Threads:  one thread: the clock is the caller's. Lifetime: value types; borrows clock and timer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/hardware/host.h"
#include "wattle/hardware/kernels.h"
#include "wattle/hardware/power_points.h"

namespace wattle::hardware {

using PerSecond = Quantity<struct PerSecondTag>;

/// The CPU time that the calling thread has used.
class CpuTimer {
 public:
  virtual ~CpuTimer() = default;
  virtual Seconds used() const = 0;
};

/// CLOCK_THREAD_CPUTIME_ID.
class ThreadCpuTimer final : public CpuTimer {
 public:
  Seconds used() const override;
};

struct MeasureOptions {
  Seconds budget{0.5};  // of CPU time; see measure_rate for how far it can be overrun
  int repetitions = 7;
};

/// Finds a number of rounds that takes a share of the budget, then repeats it. Nothing is begun
/// that is predicted to end over the budget, so no more is used than the budget and what the last
/// repetition took longer than the best one. kUnavailable when fewer than three fit.
Result<Estimate<PerSecond>> measure_rate(Kernel& kernel, const CpuTimer& timer,
                                         const MeasureOptions& options);

struct CalibratedRate {
  Rate rate = Rate::kScalarFp32;
  Estimate<PerSecond> value;
};

struct Calibration {
  std::string fingerprint;  // of the host that it holds for
  UtcTime at;
  std::string instruction_set;  // of the vector rates
  Bytes working_set{0};         // of the memory rates
  Seconds cpu_time{0};          // what it took
  std::vector<CalibratedRate> rates;
  std::vector<std::string> missing;  // names of the rates that could not be measured
  std::vector<PowerPoint> power;     // idle first; empty without a counter or on a busy host

  std::optional<Estimate<PerSecond>> find(Rate rate) const;
};

struct CalibrationOptions {
  Seconds budget{4};     // of CPU time, arrays included
  Bytes working_set{0};  // 0: four times the last-level cache, 64 to 256 MiB, at most 1/8 of memory
};

Calibration calibrate(const HostDescription& host, const Clock& clock, const CpuTimer& timer,
                      const CalibrationOptions& options = {});

}  // namespace wattle::hardware
