#include "wattle/hardware/calibration.h"

#include <algorithm>
#include <cmath>

#include <time.h>

#include "wattle/base/check.h"
#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

constexpr int kLeastRepetitions = 3;
constexpr std::int64_t kGrowth = 4;
constexpr std::int64_t kMostRounds = std::int64_t{1} << 40;
// What finding the number of rounds may cost, in repetitions: 1 + 1/4 + 1/16 + … of one, and
// reserve.
constexpr int kSearchShare = 2;

double median_of(std::vector<double> values) {
  WATTLE_CHECK(!values.empty(), "a median needs values");
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Standard deviation estimated from the median absolute deviation, which one disturbed repetition
/// does not move; 1.4826 makes it that of a normal distribution.
double spread_of(const std::vector<double>& values, double median) {
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) {
    deviations.push_back(std::abs(value - median));
  }
  return 1.4826 * median_of(deviations);
}

Bytes choose_working_set(const HostDescription& host, Bytes asked) {
  if (asked.value() > 0) {
    return asked;
  }
  constexpr std::int64_t kMebibyte = 1 << 20;
  const std::int64_t beyond_caches =
      std::clamp(4 * host.cpu.last_level_cache.value(), 64 * kMebibyte, 256 * kMebibyte);
  const std::int64_t memory = host.granted.memory.value();
  return Bytes(memory > 0 ? std::min(beyond_caches, std::max(kMebibyte, memory / 8))
                          : beyond_caches);
}

/// One measurement in progress: what it has used, and how long the work took the last time.
class Stopwatch {
 public:
  Stopwatch(Kernel& kernel, const CpuTimer& timer, Seconds budget)
      : kernel_(kernel), timer_(timer), budget_(budget) {}

  void run(std::int64_t rounds) {
    const Seconds before = timer_.used();
    kernel_.run(rounds);
    last_ = timer_.used() - before;
    best_ = rounds == rounds_ && runs_ > 0 ? std::min(best_, last_) : last_;
    rounds_ = rounds;
    spent_ += last_;
    ++runs_;
  }
  /// Whether `rounds` are predicted to end within the budget: as fast as the best run of the latest
  /// number of rounds, so that one disturbed run does not end the measurement.
  bool has_room_for(std::int64_t rounds) const {
    const double factor = static_cast<double>(rounds) / static_cast<double>(rounds_);
    return spent_ + best_ * factor <= budget_;
  }
  Seconds last() const { return last_; }

 private:
  Kernel& kernel_;
  const CpuTimer& timer_;
  Seconds budget_;
  Seconds spent_{0};
  Seconds last_{0};
  Seconds best_{0};
  std::int64_t rounds_ = 1;
  std::int64_t runs_ = 0;
};

/// Rounds of one repetition; 0 when the CPU clock does not move.
std::int64_t find_rounds(Stopwatch& watch, Seconds target) {
  std::int64_t rounds = 1;
  watch.run(rounds);
  while (watch.last() < target && rounds < kMostRounds) {
    std::int64_t next = rounds * kGrowth;
    if (watch.last().value() > 0) {
      const double wanted = std::ceil(static_cast<double>(rounds) * (target / watch.last()));
      next = std::min(next, std::max(rounds + 1, static_cast<std::int64_t>(wanted)));
    }
    if (!watch.has_room_for(next)) {
      break;
    }
    rounds = next;
    watch.run(rounds);
  }
  return watch.last().value() > 0 ? rounds : 0;
}

/// Measures one rate within its share, which filling the arrays is part of. False: it did not fit.
bool add_rate(Rate rate, const KernelOptions& kernels, const CpuTimer& timer, Seconds share,
              Calibration& result) {
  const Seconds before = timer.used();
  const auto kernel = make_kernel(rate, kernels);
  const auto measured = measure_rate(*kernel, timer, {.budget = share - (timer.used() - before)});
  if (measured) {
    result.rates.push_back({rate, *measured});
  }
  return measured.ok();
}

}  // namespace

Seconds ThreadCpuTimer::used() const {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return Seconds(static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9);
}

Result<Estimate<PerSecond>> measure_rate(Kernel& kernel, const CpuTimer& timer,
                                         const MeasureOptions& options) {
  WATTLE_CHECK(options.repetitions >= kLeastRepetitions, "too few repetitions for a median");
  Stopwatch watch(kernel, timer, options.budget);
  const Seconds target = options.budget / (options.repetitions + kSearchShare);
  const std::int64_t rounds = find_rounds(watch, target);
  if (rounds == 0) {
    return Error(ErrorCode::kUnsupported,
                 "the clock of thread CPU time does not move: this host cannot be calibrated");
  }
  std::vector<double> rates;
  for (int i = 0; i < options.repetitions && watch.has_room_for(rounds); ++i) {
    watch.run(rounds);
    if (watch.last().value() > 0) {
      rates.push_back(kernel.work_per_round() * static_cast<double>(rounds) / watch.last().value());
    }
  }
  if (rates.size() < kLeastRepetitions || !std::isfinite(kernel.checksum())) {
    return Error(ErrorCode::kUnavailable,
                 concat("only ", rates.size(), " repetitions fitted into ", options.budget.value(),
                        " s of CPU time: give the calibration more"));
  }
  const double median = median_of(rates);
  Estimate<PerSecond> rate(PerSecond(median), Quality::kCounter);
  rate.add_error("calibration repetitions", spread_of(rates, median));
  return rate;
}

std::optional<Estimate<PerSecond>> Calibration::find(Rate rate) const {
  const auto found = std::find_if(rates.begin(), rates.end(),
                                  [&](const CalibratedRate& row) { return row.rate == rate; });
  return found == rates.end() ? std::nullopt : std::optional(found->value);
}

Calibration calibrate(const HostDescription& host, const Clock& clock, const CpuTimer& timer,
                      const CalibrationOptions& options) {
  Calibration result;
  result.fingerprint = fingerprint(host);
  result.at = clock.utc_now();
  const KernelOptions kernels{host.cpu.vector_level(),
                              choose_working_set(host, options.working_set)};
  result.instruction_set = instruction_set(kernels.level);
  result.working_set = kernels.working_set;
  const Seconds start = timer.used();
  const auto left = [&] { return options.budget - (timer.used() - start); };
  // Equal shares of what is left, and one in reserve for those that a disturbance kept from ending.
  std::vector<Rate> open;
  double shares = static_cast<double>(kRates.size()) + 1;
  for (const Rate rate : kRates) {
    if (!add_rate(rate, kernels, timer, left() / shares--, result)) {
      open.push_back(rate);
    }
  }
  shares = static_cast<double>(open.size());
  for (const Rate rate : open) {
    if (!add_rate(rate, kernels, timer, left() / shares--, result)) {
      result.missing.emplace_back(to_string(rate));
    }
  }
  result.cpu_time = timer.used() - start;
  return result;
}

}  // namespace wattle::hardware
