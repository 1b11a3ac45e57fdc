// The target of a request ("/models/a%20b?limit=10&tag=x"), taken apart and put together.
//
// Units:    none.
// Errors:   kInvalidArgument says what is wrong with the target: no leading '/', an escape that is
//           none, a NUL, '#', a blank or a control character.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::net {

struct Target {
  /// Decoded: "/a/b%20c" is {"a", "b c"}, "/" is {}, "/a/" is {"a", ""}. A "%2F" is a slash within
  /// its segment, so segments are names and no paths of files.
  std::vector<std::string> segments;
  /// Decoded, in their order, duplicates too; '+' is a blank. "?a&b=" is {"a", ""}, {"b", ""}.
  std::vector<std::pair<std::string, std::string>> query;
  /// Some segment is "", "." or "..": they are kept as they are, and what they mean is for the
  /// caller to decide; most refuse them.
  bool has_odd_segments = false;

  /// The first parameter of that name.
  std::optional<std::string_view> parameter(std::string_view name) const;

  bool operator==(const Target&) const = default;
};

Result<Target> parse_target(std::string_view target);

/// Escapes all but letters, digits and "-._~": right for a segment and for a query's parameter.
std::string percent_encode(std::string_view text);
/// parse_target() reads it back as it was.
std::string to_text(const Target& target);

}  // namespace wattle::net
