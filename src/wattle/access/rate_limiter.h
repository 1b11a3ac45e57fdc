// How often somebody may ask: a bucket of tries for each key, filled again at a steady rate.
//
// Of a bucket only the instant at which it will be full again is kept (the generic cell rate
// algorithm), so nothing has to fill it. When there are too many keys, the one that will be full
// first is forgotten, which forgives its caller the least.
//
// Units:    Seconds of the boot clock: a step of UTC changes nothing.
// Errors:   none.
// Threads:  any. Lifetime: borrows its Clock.
// See:      docs/reference/access.md#rate-limits
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "wattle/base/limits.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::access {

struct RateAnswer {
  bool is_allowed = true;
  Seconds wait{0};  // until it would be; for Retry-After, rounded up
};

class RateLimiter {
 public:
  struct Options {
    double burst = 100;      // tries at once
    double per_second = 50;  // from then on
    std::size_t most_keys = limits::kRateKeys;
  };

  /// REQUIRES: burst >= 1, per_second > 0, most_keys >= 1.
  RateLimiter(const Clock& clock, Options options);

  /// Takes one try, if there is one.
  RateAnswer allow(std::string_view key);
  /// Whether there is one, without taking it.
  RateAnswer peek(std::string_view key);
  /// Takes one whether or not there is one, down to an empty bucket.
  void take(std::string_view key);

  std::size_t keys();

 private:
  static std::string stored_key(std::string_view key);
  BootTime full_at(const std::string& key) const;
  RateAnswer answer(const std::string& key) const;
  void take_one(const std::string& key);
  void forget(BootTime now, const std::string& kept);

  const Clock& clock_;
  std::size_t most_keys_;
  std::int64_t interval_ns_;  // in which one try is filled in
  std::int64_t capacity_ns_;  // in which an empty bucket is filled
  std::mutex mutex_;
  std::unordered_map<std::string, BootTime> full_at_;
  std::set<std::pair<BootTime, std::string>> by_full_at_;
};

/// For secrets that are refused: five at once, then one in 30 s, for each address. Asked before a
/// secret is looked up, told afterwards when it was wrong. Tries that are under way at the same
/// time are not counted yet: as many as there are threads may pass.
class FailedLogins {
 public:
  explicit FailedLogins(const Clock& clock)
      : limiter_(clock, {.burst = 5, .per_second = 1.0 / 30}) {}

  RateAnswer check(std::string_view address) { return limiter_.peek(address); }
  void note_failure(std::string_view address) { limiter_.take(address); }

 private:
  RateLimiter limiter_;
};

/// The key of an IP address: an IPv4 address as it is (also when it comes mapped into IPv6), of an
/// IPv6 address its first 64 bits, since whoever has one has all of these. Other texts as they are.
std::string rate_key_of(std::string_view address);

}  // namespace wattle::access
