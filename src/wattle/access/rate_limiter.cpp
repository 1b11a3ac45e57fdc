#include "wattle/access/rate_limiter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "wattle/base/check.h"
#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

BootTime later(BootTime instant, std::int64_t nanoseconds) {
  return {instant.ns + nanoseconds};
}

}  // namespace

RateLimiter::RateLimiter(const Clock& clock, Options options)
    : clock_(clock),
      most_keys_(options.most_keys),
      interval_ns_(std::llround(static_cast<double>(kNanosPerSecond) / options.per_second)),
      capacity_ns_(std::llround(options.burst * static_cast<double>(interval_ns_))) {
  WATTLE_CHECK(options.burst >= 1 && options.per_second > 0 && options.most_keys >= 1,
               "a limiter must let something pass");
}

RateAnswer RateLimiter::allow(std::string_view key) {
  const std::scoped_lock lock(mutex_);
  const std::string stored = stored_key(key);
  const RateAnswer given = answer(stored);
  if (given.is_allowed) {
    take_one(stored);
  }
  return given;
}

RateAnswer RateLimiter::peek(std::string_view key) {
  const std::scoped_lock lock(mutex_);
  return answer(stored_key(key));
}

void RateLimiter::take(std::string_view key) {
  const std::scoped_lock lock(mutex_);
  take_one(stored_key(key));
}

std::size_t RateLimiter::keys() {
  const std::scoped_lock lock(mutex_);
  return full_at_.size();
}

std::string RateLimiter::stored_key(std::string_view key) {
  return key.size() <= limits::kRateKeyBytes ? std::string(key) : sha256_hex(key);
}

/// When the bucket is full again; now, if it is full.
BootTime RateLimiter::full_at(const std::string& key) const {
  const BootTime now = clock_.boot_now();
  const auto found = full_at_.find(key);
  return found == full_at_.end() ? now : std::max(found->second, now);
}

RateAnswer RateLimiter::answer(const std::string& key) const {
  const BootTime now = clock_.boot_now();
  const std::int64_t wait_ns = full_at(key).ns + interval_ns_ - capacity_ns_ - now.ns;
  return {.is_allowed = wait_ns <= 0,
          .wait = BootTime{std::max<std::int64_t>(wait_ns, 0)} - BootTime{}};
}

void RateLimiter::take_one(const std::string& key) {
  const BootTime now = clock_.boot_now();
  const BootTime full = std::min(later(full_at(key), interval_ns_), later(now, capacity_ns_));
  const auto [place, is_new] = full_at_.try_emplace(key, full);
  if (!is_new) {
    by_full_at_.erase({place->second, key});
    place->second = full;
  }
  by_full_at_.emplace(full, key);
  forget(now, key);
}

/// Buckets that are full say nothing any more. Over the bound, the fullest go too, but for the one
/// that was just asked for: else a full table would let newcomers ask without end.
void RateLimiter::forget(BootTime now, const std::string& kept) {
  auto next = by_full_at_.begin();
  while (next != by_full_at_.end() && (next->first <= now || full_at_.size() > most_keys_)) {
    if (next->second == kept) {
      ++next;
      continue;
    }
    full_at_.erase(next->second);
    next = by_full_at_.erase(next);
  }
}

std::string rate_key_of(std::string_view address) {
  const std::string text(address.substr(0, INET6_ADDRSTRLEN));
  in6_addr parsed{};
  if (inet_pton(AF_INET6, text.c_str(), &parsed) != 1) {
    return std::string(address);
  }
  constexpr std::size_t kMappedBytes = 12;  // ::ffff:0:0/96
  constexpr std::size_t kNetworkBytes = 8;
  std::array<char, INET6_ADDRSTRLEN> shown{};
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) {
    inet_ntop(AF_INET, &parsed.s6_addr[kMappedBytes], shown.data(), shown.size());
    return shown.data();
  }
  std::fill(std::begin(parsed.s6_addr) + kNetworkBytes, std::end(parsed.s6_addr), std::uint8_t{0});
  inet_ntop(AF_INET6, &parsed, shown.data(), shown.size());
  return concat(shown.data(), "/64");
}

}  // namespace wattle::access
