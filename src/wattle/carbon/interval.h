// A stretch of time from `begin` up to, not including, `end`.
//
// Units:    UtcTime; Seconds. Errors: none; an interval whose end is before its begin is invalid,
//           and the functions that take one from outside refuse it.
// Threads:  value type. Lifetime: value type.
#pragma once

#include <algorithm>

#include "wattle/base/time.h"

namespace wattle::carbon {

struct Interval {
  UtcTime begin;
  UtcTime end;

  Seconds length() const { return end - begin; }
  bool is_valid() const { return begin <= end; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// What both share; of length zero when they do not meet.
inline Interval overlap(const Interval& a, const Interval& b) {
  const UtcTime begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

}  // namespace wattle::carbon
