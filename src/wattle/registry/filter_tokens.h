// The words of a filter.
//
// Units:    bytes. Errors: as filter.h.
// Threads:  pure function. Lifetime: value types.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::registry {

struct FilterToken {
  enum class Kind { kWord, kQuoted, kBackticked, kNumber, kSign, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;          // a word as it stands; quoted text without its quotes
  char quote = 0;            // of kQuoted: ' or "
  std::size_t position = 0;  // from 1

  bool is_sign(std::string_view sign) const { return kind == Kind::kSign && text == sign; }
  /// Keywords in either case.
  bool is_word(std::string_view upper_case) const;
};

/// The last one is kEnd. `metrics.loss` is the word "metrics.loss"; metrics."a b" is the word
/// "metrics." and a quoted one.
Result<std::vector<FilterToken>> split_filter(std::string_view text);

}  // namespace wattle::registry
