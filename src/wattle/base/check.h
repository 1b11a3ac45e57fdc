// WATTLE_CHECK: an invariant that only a bug of ours can break. Always on; ends the process with
// the values.
//
// Units:    none. Threads: any. Lifetime: none.
// Errors:   what a user or the environment can cause is a Result, never a check.
#pragma once

#include <source_location>
#include <string_view>

namespace wattle {

/// Writes "file:line: check failed: condition: detail" to standard error and aborts.
[[noreturn]] void check_failed(std::string_view condition, std::string_view detail,
                               const std::source_location& where);

}  // namespace wattle

#define WATTLE_CHECK(condition, detail)                                            \
  do {                                                                             \
    if (!(condition)) [[unlikely]] {                                               \
      ::wattle::check_failed(#condition, detail, std::source_location::current()); \
    }                                                                              \
  } while (false)
