// Small text tools: strict numbers, splitting, joining, the nearest word for a typo.
//
// Units:    none. Threads: pure functions. Lifetime: views point into their argument.
// Errors:   numbers are read whole or not at all: kParse names the text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle {

std::string_view trim(std::string_view text);
/// "a,,b" by ',' is {"a", "", "b"}; an empty text is {""}.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string to_lower(std::string_view text);

/// The whole text as a finite decimal number, "." as the point whatever the locale. "nan" and "inf"
/// are kParse.
Result<double> parse_number(std::string_view text);
/// The whole text as a decimal integer; out of range is kParse.
Result<std::int64_t> parse_integer(std::string_view text);

/// Number of single-character edits (insert, delete, replace, swap of neighbours) from a to b.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to a mistyped word, or "" when none is near enough to suggest.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// The word quoted for a shell, if it needs to be.
std::string shell_quote(std::string_view word);

/// One string out of pieces; numbers in decimal. For messages of modules too low to link a
/// formatter.
template <typename... Parts>
std::string concat(const Parts&... parts) {
  std::string result;
  const auto append = [&result](const auto& part) {
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(part)>> &&
                  !std::is_same_v<std::remove_cvref_t<decltype(part)>, char>) {
      result += std::to_string(part);
    } else {
      result += part;
    }
  };
  (append(parts), ...);
  return result;
}

}  // namespace wattle
