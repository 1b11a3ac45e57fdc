#include "wattle/energy/counter.h"

#include <algorithm>
#include <cmath>

namespace wattle::energy {
namespace {

/// Counters advance in steps (RAPL 1 ms, NVML about 100 ms): over less than this a delta says
/// nothing about power.
constexpr Seconds kShortestJudged{1};
constexpr std::int64_t kDeficitIntervals = 10;

bool is_plausible(Joules energy, Seconds elapsed) {
  return energy <= kImplausiblePower * std::max(elapsed, kShortestJudged);
}

}  // namespace

bool GuardedCounter::update(Microjoules raw, BootTime at) {
  bool believed = true;
  if (last_) {
    const auto used = difference(raw, at);
    believed = used.has_value();
    total_ += used.value_or(Microjoules(0));
    faults_ += believed ? 0 : 1;
  }
  last_ = raw;
  last_at_ = at;
  return believed;
}

std::optional<Microjoules> GuardedCounter::difference(Microjoules raw, BootTime at) const {
  const Seconds elapsed = at - last_at_;
  Microjoules used = raw - *last_;
  if (used < Microjoules(0)) {
    if (range_ < *last_ || elapsed > kLongestSilence) {
      return std::nullopt;
    }
    used += range_ + Microjoules(1);
  }
  return is_plausible(to_joules(used), elapsed) ? std::optional(used) : std::nullopt;
}

bool PowerIntegrator::update(Watts power, BootTime at) {
  if (!std::isfinite(power.value()) || power < Watts(0) || power > kImplausiblePower) {
    ++faults_;
    last_.reset();
    return false;
  }
  const bool bridged = !last_ || at - last_at_ <= kLongestSilence;
  if (last_ && bridged) {
    total_ += (*last_ + power) / 2 * (at - last_at_);
  }
  last_ = power;
  last_at_ = at;
  return bridged;
}

Microjoules PowerIntegrator::total() const {
  return to_microjoules(total_);
}

void Residual::update(Microjoules whole, Microjoules parts) {
  if (last_whole_) {
    const std::int64_t used = (whole - *last_whole_).value();
    const std::int64_t rest = used - (parts - last_parts_).value() - deficit_;
    total_ += Microjoules(std::max<std::int64_t>(rest, 0));
    deficit_ =
        std::clamp<std::int64_t>(-rest, 0, kDeficitIntervals * std::max<std::int64_t>(used, 0));
  }
  last_whole_ = whole;
  last_parts_ = parts;
}

}  // namespace wattle::energy
