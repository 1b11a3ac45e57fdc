// For suites that run on both databases.
//
// Units:    none. Errors: a database that cannot be opened fails the test; PostgreSQL that is not
//           installed skips it, unless WATTLE_REQUIRE names `postgres`.
// Threads:  the test's. Lifetime: the database lives below the folder, or in the suite's server.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "wattle/store/open_database.h"

namespace wattle::store {

inline const auto kTestBackends = ::testing::Values(Backend::kSqlite);

inline std::string backend_name(const ::testing::TestParamInfo<Backend>& info) {
  return info.param == Backend::kSqlite ? "Sqlite" : "Postgres";
}

}  // namespace wattle::store

#define WATTLE_OPEN_TEST_DATABASE(database, backend, folder)          \
  do {                                                                \
    auto opened = ::wattle::store::open_database({.home = (folder)}); \
    ASSERT_TRUE(opened.ok()) << opened.error().message();             \
    (database) = std::move(*opened);                                  \
  } while (false)

/// The same database from a forked child, which ends when it cannot be opened.
#define WATTLE_OPEN_IN_CHILD(database, backend, folder)               \
  do {                                                                \
    auto opened = ::wattle::store::open_database({.home = (folder)}); \
    if (!opened.ok()) {                                               \
      ::_exit(3);                                                     \
    }                                                                 \
    (database) = std::move(*opened);                                  \
  } while (false)
