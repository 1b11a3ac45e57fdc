// SQL as tokens: words, names in quotes, texts, numbers and signs, without spaces and comments.
//
// Units:    none.
// Errors:   kInvalidArgument: a quote or comment without end, a byte that begins nothing of the
//           dialect.
// Threads:  pure. Lifetime: tokens are views of the statement.
#pragma once

#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::store {

struct SqlToken {
  enum class Kind { kWord, kName, kText, kNumber, kParameter, kSign };
  Kind kind = Kind::kSign;
  std::string_view text;      // as written, with its quotes
  bool space_before = false;  // a space or a comment stands before it

  bool is_sign(char sign) const { return kind == Kind::kSign && text.front() == sign; }
  /// A word is compared without case; `upper` is in capitals.
  bool is_word(std::string_view upper) const;
};

Result<std::vector<SqlToken>> scan_sql(std::string_view sql);

}  // namespace wattle::store
