// What stands in JSON for the numbers that JSON lacks.
//
// Units:    none. Errors: none. Threads: constants. Lifetime: constants.
#pragma once

#include <string_view>

namespace wattle::messages {

inline constexpr std::string_view kNotANumber = "NaN";
inline constexpr std::string_view kInfinity = "Infinity";
inline constexpr std::string_view kMinusInfinity = "-Infinity";

}  // namespace wattle::messages
