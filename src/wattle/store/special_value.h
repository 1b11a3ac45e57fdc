// Numbers that a database does not keep: NaN and the infinities, as two columns.
//
// A metric's value is `value REAL NOT NULL, special INTEGER NOT NULL`. An ordinary number has
// special 0. The others have value 0 and say what they are in `special`, so that comparisons, sums
// and orders never meet a NaN: a query for ordinary numbers says `special = 0`.
//
// Units:    the metric's.
// Errors:   a `special` of no known kind reads as NaN: nothing can be said of it.
// Threads:  pure functions. Lifetime: values.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace wattle::store {

enum class Special : std::int64_t {
  kOrdinary = 0,
  kNotANumber = 1,
  kInfinity = 2,
  kMinusInfinity = 3,
};

struct StoredNumber {
  double value = 0;
  std::int64_t special = 0;
  friend bool operator==(const StoredNumber&, const StoredNumber&) = default;
};

inline StoredNumber encode_number(double number) {
  Special special = Special::kOrdinary;
  if (std::isnan(number)) {
    special = Special::kNotANumber;
  } else if (std::isinf(number)) {
    special = number > 0 ? Special::kInfinity : Special::kMinusInfinity;
  }
  return {special == Special::kOrdinary ? number : 0, static_cast<std::int64_t>(special)};
}

inline double decode_number(const StoredNumber& stored) {
  switch (static_cast<Special>(stored.special)) {
    case Special::kOrdinary:
      return stored.value;
    case Special::kInfinity:
      return std::numeric_limits<double>::infinity();
    case Special::kMinusInfinity:
      return -std::numeric_limits<double>::infinity();
    case Special::kNotANumber:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace wattle::store
