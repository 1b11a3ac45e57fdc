// For tests of this module: a database of each kind, fresh for every test.
//
// Units:    none. Errors: what cannot be opened ends the test. Threads: one.
// Lifetime: the server and the folder end with the test.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "wattle/store/open_database.h"
#include "wattle/support/postgres_server.h"
#include "wattle/support/requirement.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::store {

/// A test with parameter Backend runs on SQLite and on PostgreSQL.
class OnBothDatabases : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    if (GetParam() == Backend::kPostgres) {
      WATTLE_SKIP_WITHOUT("postgres", support::PostgresServer::is_installed());
      server_ = std::make_unique<support::PostgresServer>();
      url_ = server_->create_database();
    }
    database_ = open();
  }

  /// Another Database of the same content, as another process has it.
  std::unique_ptr<Database> open(Seconds timeout = Seconds(10)) const {
    auto database = open_database({.home = folder_.path(), .url = url_, .busy_timeout = timeout});
    EXPECT_TRUE(database.ok()) << database.error().message();
    return std::move(*database);
  }

  /// Runs one statement in a transaction of its own.
  Status execute(const std::string& sql, const SqlValues& parameters = {}) const {
    return database_->write([&](Session& session) -> Status {
      WATTLE_RETURN_IF_ERROR(session.execute(sql, parameters));
      return {};
    });
  }
  /// The first column of the answer, rows joined by commas.
  std::string texts(const std::string& sql, const SqlValues& parameters = {}) const {
    std::string all;
    const auto read = database_->read([&](Session& session) {
      all.clear();
      return session.query(sql, parameters, [&](const SqlRow& row) {
        all += (all.empty() ? "" : ",") + row.text(0);
        return Status();
      });
    });
    return read.ok() ? all : "error: " + read.error().message();
  }
  std::int64_t integer(const std::string& sql, const SqlValues& parameters = {}) const {
    std::int64_t value = -1;
    const auto read = database_->read([&](Session& session) {
      return session.query(sql, parameters, [&](const SqlRow& row) {
        value = row.integer(0);
        return Status();
      });
    });
    EXPECT_TRUE(read.ok()) << read.error().message();
    return value;
  }

  support::TemporaryFolder folder_;
  std::unique_ptr<support::PostgresServer> server_;
  std::string url_;
  std::unique_ptr<Database> database_;
};

inline std::string name_of(const ::testing::TestParamInfo<Backend>& info) {
  return info.param == Backend::kSqlite ? "Sqlite" : "Postgres";
}

/// Runs the suite `name`, a class made from OnBothDatabases, on each.
#define WATTLE_ON_BOTH_DATABASES(name) \
  INSTANTIATE_TEST_SUITE_P(, name, ::testing::Values(Backend::kSqlite, Backend::kPostgres), name_of)

}  // namespace wattle::store
