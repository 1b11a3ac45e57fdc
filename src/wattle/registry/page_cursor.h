// Where a page of a listing ended, as a text that only we read.
//
// Units:    none.
// Errors:   kInvalidArgument: a text that is no cursor, or that of another listing.
// Threads:  pure functions, value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/store/database.h"

namespace wattle::registry {

/// The place of a run in an order: values, then creation, then id.
struct PageKey {
  int phase = 0;
  store::SqlValue value;  // nothing where the order is that of creation
  std::int64_t created_ns = 0;
  std::string id;  // "": before the first run of the phase
};

/// `listing` is all that must be the same from page to page.
std::string encode_cursor(const PageKey& key, std::string_view listing);
Result<PageKey> decode_cursor(std::string_view text, std::string_view listing);

}  // namespace wattle::registry
