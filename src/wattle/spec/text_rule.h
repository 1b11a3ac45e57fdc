// Rules for texts as regular expressions, in the syntax of RE2: it matches in linear time, so no
// pattern can hang us. Rules of our own stay within what JSON Schema (ECMAScript) takes as well.
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

/// A regular expression for the whole text, and the words that explain it.
struct TextRule {
  std::string pattern;
  std::string meaning;
};

/// Whether the whole text matches the rule. REQUIRES: its pattern is a regular expression.
bool follows(const TextRule& rule, std::string_view text);

/// How many groups of the regular expression capture.
Result<std::size_t> count_groups(const std::string& pattern);

}  // namespace wattle::spec
