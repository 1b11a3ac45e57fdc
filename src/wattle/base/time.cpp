#include "wattle/base/time.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <limits>

namespace wattle {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

/// Reads exactly `digits` decimal digits from the front of `text`.
bool take_digits(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) {
    return false;
  }
  value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return false;
    }
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// ".5" is 500,000,000 ns; digits beyond the ninth are dropped.
bool take_fraction(std::string_view& text, std::int64_t& nanos) {
  nanos = 0;
  if (!take(text, ".,")) {
    return true;
  }
  std::int64_t scale = kNanosPerSecond;
  int digit = 0;
  bool any = false;
  while (take_digits(text, 1, digit)) {
    scale /= 10;
    nanos += digit * scale;
    any = true;
  }
  return any;
}

bool take_offset(std::string_view& text, int& minutes) {
  minutes = 0;
  if (text.empty() || take(text, "Zz")) {
    return true;
  }
  const bool negative = text.front() == '-';
  int hours = 0;
  int rest = 0;
  if (!take(text, "+-") || !take_digits(text, 2, hours)) {
    return false;
  }
  take(text, ":");
  if (!text.empty() && !take_digits(text, 2, rest)) {
    return false;
  }
  minutes = (hours * 60 + rest) * (negative ? -1 : 1);
  return hours < 24 && rest < 60;
}

bool take_time_of_day(std::string_view& text, std::tm& civil, std::int64_t& nanos) {
  if (!take_digits(text, 2, civil.tm_hour) || !take(text, ":") ||
      !take_digits(text, 2, civil.tm_min)) {
    return false;
  }
  if (take(text, ":")) {
    return take_digits(text, 2, civil.tm_sec) && take_fraction(text, nanos);
  }
  return true;
}

bool is_real_date(const std::tm& civil) {
  std::tm copy = civil;
  const std::time_t seconds = timegm(&copy);
  std::tm back{};
  gmtime_r(&seconds, &back);
  return back.tm_mday == civil.tm_mday && back.tm_mon == civil.tm_mon &&
         back.tm_hour == civil.tm_hour && back.tm_min == civil.tm_min &&
         back.tm_sec == civil.tm_sec;
}

}  // namespace

SystemClock::SystemClock() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  if (!std::getline(file, boot_id_)) {
    boot_id_ = "unknown";
  }
}

UtcTime SystemClock::utc_now() const {
  return {read_clock(CLOCK_REALTIME)};
}
BootTime SystemClock::boot_now() const {
  return {read_clock(CLOCK_BOOTTIME)};
}

std::string to_rfc3339(UtcTime time) {
  std::int64_t seconds = time.ns / kNanosPerSecond;
  std::int64_t nanos = time.ns % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  const std::time_t unix_seconds = seconds;
  std::tm civil{};
  gmtime_r(&unix_seconds, &civil);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &civil);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s.%03dZ", date.data(),
                static_cast<int>(nanos / 1'000'000));
  return text.data();
}

Result<UtcTime> parse_rfc3339(std::string_view text) {
  const std::string original(text);
  const auto fail = [&original] {
    return Error(ErrorCode::kParse,
                 "'" + original + "' is no time; write it as 2026-12-01T06:00:00Z");
  };
  std::tm civil{};
  std::int64_t nanos = 0;
  int offset_minutes = 0;
  if (!take_digits(text, 4, civil.tm_year) || !take(text, "-") ||
      !take_digits(text, 2, civil.tm_mon) || !take(text, "-") ||
      !take_digits(text, 2, civil.tm_mday)) {
    return fail();
  }
  civil.tm_year -= 1900;
  civil.tm_mon -= 1;
  if (!text.empty() && (!take(text, "Tt ") || !take_time_of_day(text, civil, nanos))) {
    return fail();
  }
  if (!take_offset(text, offset_minutes) || !text.empty() || !is_real_date(civil)) {
    return fail();
  }
  const std::int64_t seconds = timegm(&civil) - std::int64_t{offset_minutes} * 60;
  // Nanoseconds in 64 bits reach from 1677 to 2262.
  constexpr std::int64_t kLastSecond = std::numeric_limits<std::int64_t>::max() / kNanosPerSecond;
  if (seconds >= kLastSecond || seconds <= -kLastSecond) {
    return Error(ErrorCode::kParse, "'" + original + "' is out of range: 1678 to 2261");
  }
  return UtcTime{seconds * kNanosPerSecond + nanos};
}

std::string format_duration(Seconds duration) {
  const double seconds = duration.value();
  std::array<char, 48> text{};
  if (seconds < 1) {
    std::snprintf(text.data(), text.size(), "%.0f ms", seconds * 1e3);
  } else if (seconds < 120) {
    std::snprintf(text.data(), text.size(), seconds < 10 ? "%.2f s" : "%.1f s", seconds);
  } else if (seconds < 7200) {
    std::snprintf(text.data(), text.size(), "%d min %02d s", static_cast<int>(seconds) / 60,
                  static_cast<int>(seconds) % 60);
  } else {
    const auto minutes = static_cast<long long>(seconds) / 60;
    std::snprintf(text.data(), text.size(), "%lld h %02lld min", minutes / 60, minutes % 60);
  }
  return text.data();
}

}  // namespace wattle
