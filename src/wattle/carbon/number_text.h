// A number as a reader writes it, for messages: "12.5", "77000", never "12.500000".
//
// Units:    the caller's. Errors: none. Threads: pure function. Lifetime: none.
#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace wattle::carbon {

/// Six significant digits, without trailing zeros.
inline std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

}  // namespace wattle::carbon
