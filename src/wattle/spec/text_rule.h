// Rules for texts as regular expressions, in the one syntax that also JSON Schema takes.
//
// Units:    none.
// Errors:   count_groups() is kParse, with the reason, for what is no regular expression.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wattle/base/result.h"

namespace wattle::spec {

/// A regular expression (ECMAScript) for the whole text, and the words that explain it.
struct TextRule {
  std::string pattern;
  std::string meaning;
};

/// Whether the whole text matches the rule. Texts over 1,000 bytes never do.
bool follows(const TextRule& rule, std::string_view text);

/// How many groups of the regular expression capture.
Result<std::size_t> count_groups(const std::string& pattern);

}  // namespace wattle::spec
