// One connection to a database: what SQLite and PostgreSQL have to offer so that group_commit.h can
// make a Database of either. Known to this module only.
//
// A connection checks what both must refuse alike, so that no code works on one of them by luck:
// parameters (NaN, text that is no UTF-8), statements within the rows of another, and statements
// after one that failed. PostgreSQL ends a transaction with its first failed statement; here both
// do.
//
// Units:    as database.h.
// Errors:   as database.h. A connection that is not usable() is good for nothing but its end.
// Threads:  one thread at a time.
// Lifetime: a Connection closes with its object, and what was not committed is rolled back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/store/database.h"

namespace wattle::store {

/// What became of a COMMIT.
enum class CommitOutcome {
  kCommitted,
  kRolledBack,  // `error` says why
  kUnknown,     // the connection broke before the answer
};

struct CommitEnd {
  CommitOutcome outcome = CommitOutcome::kCommitted;
  std::optional<Error> error;
};

class Connection : public Session {
 public:
  Result<std::int64_t> execute(std::string_view sql, const SqlValues& parameters) final;
  Status query(std::string_view sql, const SqlValues& parameters, const OnRow& on_row) final;

  /// Begins a transaction: alone for a writer, on one snapshot for a reader.
  Status begin();
  CommitEnd commit() { return do_commit(); }
  void rollback() {
    if (in_transaction()) {
      (void)control("ROLLBACK").ok();
    }
  }

  Status set_savepoint();
  /// Keeps what was done since the savepoint, or undoes it.
  Status release_savepoint();
  Status undo_to_savepoint();

  /// Why the first failed statement since begin() or the savepoint failed.
  const std::optional<Error>& failure() const { return failure_; }
  /// False when the transaction is gone: the connection broke, or the database rolled it back by
  /// itself (a full disk).
  virtual bool in_transaction() const = 0;
  /// False when another connection is needed.
  virtual bool usable() const = 0;

 protected:
  /// One statement whose parameters are good; rows go to `on_row` if it is given.
  virtual Result<std::int64_t> run(std::string_view sql, const SqlValues& parameters,
                                   const OnRow* on_row) = 0;
  virtual Status do_begin() = 0;
  virtual CommitEnd do_commit() = 0;
  /// A statement without parameters and rows; its failure shows in usable().
  virtual Status control(std::string_view sql) = 0;

 private:
  Result<std::int64_t> checked(std::string_view sql, const SqlValues& parameters,
                               const OnRow* on_row);

  std::optional<Error> failure_;
  bool running_ = false;
};

/// Where connections come from.
class Connector {
 public:
  virtual ~Connector() = default;
  virtual Result<std::unique_ptr<Connection>> connect_writer() = 0;
  virtual Result<std::unique_ptr<Connection>> connect_reader() = 0;
  virtual Backend backend() const = 0;
  /// After a CommitOutcome::kUnknown: whether that commit, the last of this process, took place.
  /// REQUIRES: a transaction of `writer` is open, so that the one in doubt is over.
  virtual Result<bool> last_commit_is_there(Connection& writer) = 0;
  /// A consistent copy of the whole database as one file.
  virtual Status copy_to(const std::string& path) = 0;
};

/// kInvalidArgument for NaN and for text that is no UTF-8 or holds a zero byte.
Status check_parameters(const SqlValues& parameters);
/// True for UTF-8 as RFC 3629 has it (no surrogates, nothing overlong) without zero bytes.
bool is_storable_text(std::string_view text);

}  // namespace wattle::store
