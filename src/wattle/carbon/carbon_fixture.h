// What the tests of this module share: instants and series written shortly.
//
// Units:    as in the names. Errors: a text that is no time ends the test program.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <string_view>

#include "wattle/carbon/grams.h"

namespace wattle::carbon {

inline UtcTime at(std::string_view text) {
  return parse_rfc3339(text).value();
}

inline Interval between(std::string_view begin, std::string_view end) {
  return {at(begin), at(end)};
}

/// `kwh` measured by a counter with a calibration error of 2 %.
inline EnergyInterval measured_energy(const Interval& interval, double kwh) {
  return {interval, Estimate<Joules>(from_kilowatt_hours(kwh), Quality::kCounter, "rapl", 0.02)};
}

}  // namespace wattle::carbon
