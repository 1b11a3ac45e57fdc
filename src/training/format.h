// Numbers as text, the same on every machine and locale.
//
// Units:    none. Errors: none. Threads: pure functions. Lifetime: value types.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string>

namespace wattle::training {

/// The shortest text that reads back as the same number: "0.1", "1e-05".
template <typename Number>
std::string shortest(Number number) {
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

/// "53,940".
inline std::string with_commas(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t end = text.size(); end > 3; end -= 3) {
    text.insert(end - 3, 1, ',');
  }
  return text;
}

}  // namespace wattle::training
