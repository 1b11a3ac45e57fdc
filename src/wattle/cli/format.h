// Figures as people read them: three significant digits, a fitting prefix, and how far off they may
// be.
//
// Units:    as typed or named. Errors: none; NaN is "unknown". Threads: pure functions. Lifetime:
//           strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/time.h"
#include "wattle/base/units.h"
#include "wattle/messages/figure.h"

namespace wattle::cli {

/// 0.00123 with "J" is "1.23 mJ"; beyond 999 k the next prefix. 0 is "0 J".
std::string with_prefix(double value, std::string_view unit);
/// In joules below 3.6 kJ, then watt-hours: "41.2 J", "12.3 Wh", "1.20 kWh".
std::string energy(Joules energy);
/// "4.60 mg", "1.20 kg".
std::string mass(GramsCo2e mass);
std::string bytes(std::int64_t count);
/// At most `digits` significant digits, no exponent between 1e-4 and 1e7, no trailing zeros.
std::string number(double value, int digits = 4);
/// "± 18 %": half of the 80 % interval over the value; "" for a figure without error.
std::string margin(const messages::Figure& figure);
/// "3 min ago", "2 d ago".
std::string age(Seconds age);
/// The first characters of an id, enough for a person.
std::string short_id(std::string_view id);

}  // namespace wattle::cli
