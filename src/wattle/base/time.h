// Instants and the clock that tells them.
//
// Units:    int64 nanoseconds. UtcTime since 1970 (no leap seconds), BootTime since the host's
//           boot, also while suspended (CLOCK_BOOTTIME): it never steps, so durations are taken
//           from it.
// Errors:   reading a clock cannot fail; parsing returns kParse.
// Threads:  Clock may be used from any thread. Lifetime: a Clock outlives what borrows it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle {

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

/// An instant of one clock. Differences are Seconds; instants of different clocks do not mix.
template <typename Tag>
struct Instant {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Seconds operator-(Instant a, Instant b) {
    return Seconds(static_cast<double>(a.ns - b.ns) / static_cast<double>(kNanosPerSecond));
  }
  friend constexpr Instant operator+(Instant a, Seconds delta) {
    return {a.ns + static_cast<std::int64_t>(delta.value() * static_cast<double>(kNanosPerSecond))};
  }
  friend constexpr Instant operator-(Instant a, Seconds delta) { return a + (-delta); }
};

using UtcTime = Instant<struct UtcTag>;
using BootTime = Instant<struct BootTag>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UtcTime utc_now() const = 0;
  virtual BootTime boot_now() const = 0;
  /// Identifies the boot that boot_now() counts from; 36 characters on Linux.
  virtual std::string boot_id() const = 0;
};

/// The host's clocks; `boot_id` is read once from /proc/sys/kernel/random/boot_id ("unknown"
/// without it).
class SystemClock final : public Clock {
 public:
  SystemClock();
  UtcTime utc_now() const override;
  BootTime boot_now() const override;
  std::string boot_id() const override { return boot_id_; }

 private:
  std::string boot_id_;
};

/// A clock that stands still until it is moved. For tests and what-if simulation.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(UtcTime start = {1'767'225'600 * kNanosPerSecond}) : utc_(start) {}
  UtcTime utc_now() const override { return utc_; }
  BootTime boot_now() const override { return boot_; }
  std::string boot_id() const override { return boot_id_; }

  void advance(Seconds delta) {
    utc_ = utc_ + delta;
    boot_ = boot_ + delta;
  }
  /// What `date -s` or NTP does: only UTC moves.
  void step_utc(Seconds delta) { utc_ = utc_ + delta; }
  void reboot(std::string boot_id) {
    boot_ = {};
    boot_id_ = std::move(boot_id);
  }

 private:
  UtcTime utc_;
  BootTime boot_{10 * kNanosPerSecond};
  std::string boot_id_ = "00000000-0000-4000-8000-000000000001";
};

/// "2026-11-23T18:17:26.123Z"; milliseconds, always UTC.
std::string to_rfc3339(UtcTime time);
/// Reads "2026-11-23T18:17:26Z", with a fraction or an offset ("+01:00"), with a space for the T,
/// or without seconds; a date alone is its midnight. Without an offset the time is UTC.
Result<UtcTime> parse_rfc3339(std::string_view text);

/// "95 ms", "3.2 s", "4 min 10 s", "2 h 05 min".
std::string format_duration(Seconds duration);

}  // namespace wattle
