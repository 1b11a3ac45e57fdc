// A connection to a SQLite file. The only home of sqlite3.h is its source.
//
// Units:    Seconds.
// Errors:   as database.h; messages name the file and what to do.
// Threads:  one thread at a time. Lifetime: closes the file.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "wattle/base/units.h"
#include "wattle/store/connection.h"

struct sqlite3;
struct sqlite3_stmt;

namespace wattle::store {

enum class SqliteAccess { kWriter, kReader };

class SqliteConnection final : public Connection {
 public:
  /// The file must be there. Others that hold the database are waited for, up to `busy_timeout`.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path,
                                                        SqliteAccess access, Seconds busy_timeout);

  bool in_transaction() const override;
  bool usable() const override { return true; }

  /// Whether the file is in write-ahead mode, and how it gets there.
  Result<bool> has_write_ahead_log();
  Status turn_to_write_ahead_log();
  /// Back to one file, for a copy.
  Status turn_to_one_file();
  /// Copies the database of this connection as it is now; its writers go on meanwhile.
  Status copy_to(const std::string& path);
  /// kIo with what `PRAGMA integrity_check` found.
  Status check_integrity();

 protected:
  Result<std::int64_t> run(std::string_view sql, const SqlValues& parameters,
                           const OnRow* on_row) override;
  Status do_begin() override;
  CommitEnd do_commit() override;
  Status control(std::string_view sql) override;

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const;
  };
  struct EndStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Handle = std::unique_ptr<sqlite3, CloseDatabase>;
  using Statement = std::unique_ptr<sqlite3_stmt, EndStatement>;

  SqliteConnection(std::string path, SqliteAccess access, Handle handle)
      : path_(std::move(path)), access_(access), handle_(std::move(handle)) {}

  Status set_up(Seconds busy_timeout);
  Result<sqlite3_stmt*> prepare(std::string_view sql);
  Result<sqlite3_stmt*> prepare_control(std::string_view sql);
  Result<Statement> compile(std::string_view sql);
  Status bind(sqlite3_stmt* statement, const SqlValues& parameters);
  Result<std::int64_t> step(sqlite3_stmt* statement, const OnRow* on_row);
  Result<std::string> pragma(const std::string& sql);
  /// What SQLite says of `code`, in our words and codes.
  Error error(int code, std::string_view sql) const;

  std::string path_;
  SqliteAccess access_;
  Handle handle_;
  using Statements = std::map<std::string, Statement, std::less<>>;
  Statements statements_;  // prepared, by their SQL
  Statements controls_;    // our own, which are not of the dialect
};

}  // namespace wattle::store
