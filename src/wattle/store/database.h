// The database: one dialect of SQL over SQLite and PostgreSQL, so that no other code knows which.
//
// The dialect: STRICT tables of INTEGER (64 bits), REAL, TEXT (compared by bytes) and BLOB; `?` for
// parameters, in order; INSERT ... ON CONFLICT, RETURNING, COALESCE, common table expressions; no
// functions of dates, no rowid, no AUTOINCREMENT, no JSON functions, no PRAGMA. Every instant is an
// INTEGER of nanoseconds (UTC), every energy an INTEGER of microjoules.
//
// Units:    as the columns say, last word of their names.
// Errors:   kAlreadyExists: a unique key is taken. kInvalidArgument: NaN as a parameter (SQLite
//           would store NULL; encode it, see special_value.h), text that is no UTF-8, a broken
//           NOT NULL or CHECK, or SQL that is wrong. kUnavailable: the server is not reached, or
//           others held the database for too long. kIo: the disk is full or cannot be written.
//           kFailedPrecondition: the schema is newer than this program, or a foreign key is broken.
// Threads:  a Database may be used from any thread; a Session belongs to the call that it was
//           handed to.
// Lifetime: a Session and an SqlRow live as long as that call.
// See:      docs/reference/database.md
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::store {

struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

/// std::monostate is NULL.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;
using SqlValues = std::vector<SqlValue>;

/// NULL for nullopt.
template <typename T>
SqlValue sql_value(const std::optional<T>& value) {
  return value ? SqlValue(*value) : SqlValue();
}

/// A row of an answer. Columns count from 0; a column of another type than asked for is a bug of
/// the query: WATTLE_CHECK. NULL reads as 0 or "".
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string text(int column) const = 0;
  virtual std::string blob(int column) const = 0;

  std::optional<std::int64_t> maybe_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }
  std::optional<double> maybe_real(int column) const {
    return is_null(column) ? std::nullopt : std::optional(real(column));
  }
  std::optional<std::string> maybe_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
  }
};

/// Statements within one transaction. After the first one that failed every other is refused, and
/// the work fails whatever it returns, since PostgreSQL ends a transaction so: INSERT ... ON
/// CONFLICT DO NOTHING tells what is there without an error.
class Session {
 public:
  using OnRow = std::function<Status(const SqlRow&)>;

  virtual ~Session() = default;
  /// Runs one statement; the number of rows that it changed.
  virtual Result<std::int64_t> execute(std::string_view sql, const SqlValues& parameters = {}) = 0;
  /// Calls `on_row` for each row of the answer, until it fails. No other statement may run
  /// meanwhile.
  virtual Status query(std::string_view sql, const SqlValues& parameters, const OnRow& on_row) = 0;
};

enum class Backend { kSqlite, kPostgres };

class Database {
 public:
  /// May be called again when the transaction has to be repeated: it must change nothing else.
  using Work = std::function<Status(Session&)>;

  virtual ~Database() = default;

  /// Runs the work alone (no other writer, in any process) and commits: what it did is on the disk
  /// when this returns, all or, after an error of the work or of the commit, nothing. Calls of
  /// several threads share one commit (group commit); each still fails or succeeds by itself. The
  /// work may run on another caller's thread, and may not call this database.
  virtual Status write(const Work& work) = 0;
  /// Runs the work on one snapshot; it cannot write.
  virtual Status read(const Work& work) = 0;
  virtual Backend backend() const = 0;
  /// Writes a consistent copy of the whole database, as one file that must not be there. SQLite
  /// only: kUnsupported elsewhere.
  virtual Status copy_to(const std::string& path);

 protected:
  Database() = default;
  Database(const Database&) = default;
  Database& operator=(const Database&) = default;
};

}  // namespace wattle::store
