// From raw sensor values to energy that only grows: undoes wraps, refuses what cannot be,
// integrates power, takes residuals.
//
// Units:    microjoules, watts, BootTime. Threads: one thread. Lifetime: value types.
// Errors:   an update that cannot be believed returns false, adds nothing, is counted as a fault
// and begins anew from the value seen.
#pragma once

#include <cstdint>
#include <optional>

#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::energy {

/// No package, memory bank or accelerator of today draws more: a delta that implies more is a
/// faulty counter.
inline constexpr Watts kImplausiblePower{10'000};
/// A step back after a longer silence may be a wrap, several, or a counter that suspend has reset:
/// nobody can tell. The shortest wrap in use, 65.5 kJ, takes longer at any load below 1 kW.
inline constexpr Seconds kLongestSilence{60};

/// A hardware counter of finite range.
class GuardedCounter {
 public:
  /// The counter runs from 0 to `range` inclusive and then begins at 0 again. Range 0: it never
  /// wraps in practice (64 bit), so that every step back is a reset.
  explicit GuardedCounter(Microjoules range) : range_(range) {}

  /// Takes the value read at `at`. The first one is the origin.
  bool update(Microjoules raw, BootTime at);
  Microjoules total() const { return total_; }
  std::uint64_t faults() const { return faults_; }

 private:
  /// What was used since the last value, or nullopt when this cannot be known.
  std::optional<Microjoules> difference(Microjoules raw, BootTime at) const;

  Microjoules range_;
  Microjoules total_{0};
  std::optional<Microjoules> last_;
  BootTime last_at_;
  std::uint64_t faults_ = 0;
};

/// Sampled power, integrated by the trapezoid rule. A silence longer than kLongestSilence is not
/// bridged: that energy is not known.
class PowerIntegrator {
 public:
  bool update(Watts power, BootTime at);
  Microjoules total() const;
  std::uint64_t faults() const { return faults_; }

 private:
  Joules total_{0};
  std::optional<Watts> last_;
  BootTime last_at_;
  std::uint64_t faults_ = 0;
};

/// What the whole used beyond its metered parts. Whole and parts are never read at quite the same
/// instant, so a difference can come out slightly negative; that deficit is carried into the
/// next updates, never shown, and forgotten beyond ten times what the whole used in the interval,
/// so that a lasting disagreement of two sensors does not hide later energy.
class Residual {
 public:
  void update(Microjoules whole, Microjoules parts);
  Microjoules total() const { return total_; }

 private:
  Microjoules total_{0};
  std::int64_t deficit_ = 0;
  std::optional<Microjoules> last_whole_;
  Microjoules last_parts_{0};
};

}  // namespace wattle::energy
