// A connection to a PostgreSQL server.
//
// Units:    Seconds.
// Errors:   as database.h, by SQLSTATE; messages name the server and hold no password.
// Threads:  one thread at a time. Lifetime: borrows the library and the URL; closes the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "wattle/base/units.h"
#include "wattle/store/connection.h"
#include "wattle/store/database_url.h"
#include "wattle/store/postgres_library.h"

namespace wattle::store {

/// How this process marks its commits in the database, so that it can ask later for the last one.
struct CommitMark {
  std::string writer;         // an id of this Database, of letters and digits
  std::int64_t sequence = 0;  // of the last commit that was tried
};

/// What becomes of an attempt to connect.
enum class WhenAway {
  kFail,  // a server that does not answer is an error now; one that starts up is waited for
  kWait,  // it was there before, and may come back
};

class PostgresConnection final : public Connection {
 public:
  struct Options {
    const PostgresLibrary* library = nullptr;
    const DatabaseUrl* url = nullptr;
    Seconds timeout{10};  // for the server to come back, and for others to release the lock
    WhenAway when_away = WhenAway::kFail;
    CommitMark* mark = nullptr;  // of a writer; null for a reader
  };

  static Result<std::unique_ptr<PostgresConnection>> open(const Options& options);

  bool in_transaction() const override;
  bool usable() const override;

  /// Makes the table of marks if it is not there.
  Status prepare_marks();
  /// REQUIRES: a transaction of this writer is open.
  Result<bool> last_commit_is_there();

 protected:
  Result<std::int64_t> run(std::string_view sql, const SqlValues& parameters,
                           const OnRow* on_row) override;
  Status do_begin() override;
  CommitEnd do_commit() override;
  Status control(std::string_view sql) override;

 private:
  struct Finish {
    const PostgresFunctions* functions;
    void operator()(pg_conn* connection) const { functions->finish(connection); }
  };
  struct Clear {
    const PostgresFunctions* functions;
    void operator()(pg_result* result) const { functions->clear(result); }
  };
  using Handle = std::unique_ptr<pg_conn, Finish>;
  using Answer = std::unique_ptr<pg_result, Clear>;

  PostgresConnection(const Options& options, Handle handle);

  static Handle connect(const Options& options);
  static bool is_worth_waiting(const Options& options, int& refusals);
  Status set_up();
  Answer hold(pg_result* result) const { return Answer(result, Clear{&functions_}); }
  /// The name of the prepared statement for this SQL with parameters of these types.
  Result<std::string> prepare(std::string_view sql, const SqlValues& parameters);
  Result<std::int64_t> finish(const Answer& answer, std::string_view sql, const OnRow* on_row);
  Status check(const Answer& answer, std::string_view sql) const;
  Error error(const Answer& answer, std::string_view sql) const;

  Options options_;
  const PostgresFunctions& functions_;
  Handle handle_;
  std::map<std::string, std::string, std::less<>> prepared_;  // names, by types and SQL
};

}  // namespace wattle::store
