// What a description may demand of a field, beside its type. The reader checks it and the schema
// tells it; the writer relies on its maker.
//
// Units:    lengths in characters (code points), as JSON Schema counts them.
// Errors:   none. Threads: value types. Lifetime: constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wattle::messages {

enum class Presence {
  kAlways,       // an optional one: its key is left out when there is nothing
  kOrNull,       // an optional one: its key is there, with null, when there is nothing
  kMayBeAbsent,  // one that has a default: written always, and the default when it is not there
};

/// A form of text, twice: as ECMA 262 has it, for the schema, and as a function, for the reader. A
/// regular expression is not run over what strangers send.
struct Pattern {
  std::string_view expression;
  std::string_view words;  // "a ULID": what was expected
  bool (*matches)(std::string_view text);
};

/// Those of texts and numbers hold for what is in the field: also for each element of a list, and
/// each value of a map.
struct Rules {
  Presence presence = Presence::kAlways;
  std::optional<std::int64_t> minimum = {};
  std::optional<std::int64_t> maximum = {};  // with either, a number is finite
  std::optional<std::size_t> min_length = {};
  std::optional<std::size_t> max_length = {};
  std::optional<std::size_t> max_items = {};  // of a list or a map
  const Pattern* pattern = nullptr;
  std::string_view constant = {};  // the one text that it can be
};

inline constexpr Rules kOrNull{.presence = Presence::kOrNull};
inline constexpr Rules kMayBeAbsent{.presence = Presence::kMayBeAbsent};

/// 26 characters of Crockford's base 32; see base/ids.h.
extern const Pattern kUlid;
/// 64 lower-case hexadecimal digits.
extern const Pattern kSha256;
/// Letters, digits, '_', '-' and '.': what can be part of a path and of an address.
extern const Pattern kPlainName;

}  // namespace wattle::messages
