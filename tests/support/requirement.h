// Optional parts of a test: without them it skips and says so, unless WATTLE_REQUIRE names them.
//
// Units:    none. Threads: the test's. Lifetime: none.
// Errors:   a required part that is absent fails the test: WATTLE_REQUIRE=data,sklearn make test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace wattle::support {

/// True when the comma-separated WATTLE_REQUIRE names the part.
bool is_required(std::string_view part);
/// The folder of shared test data (WATTLE_DATA, else ../shared/data beside the checkout), if it is
/// there.
std::optional<std::string> data_folder();

}  // namespace wattle::support

/// Skips the test when `present` is false, or fails it when WATTLE_REQUIRE names `part`.
#define WATTLE_SKIP_WITHOUT(part, present)                                \
  if (!(present)) {                                                       \
    ASSERT_FALSE(::wattle::support::is_required(part))                    \
        << "WATTLE_REQUIRE names '" << (part) << "', and it is not here"; \
    GTEST_SKIP() << "without " << (part);                                 \
  }
