#include "wattle/store/postgres_database.h"

#include "wattle/base/ids.h"
#include "wattle/base/rng.h"
#include "wattle/base/time.h"
#include "wattle/store/database_url.h"
#include "wattle/store/group_commit.h"
#include "wattle/store/postgres_connection.h"

namespace wattle::store {
namespace {

class PostgresConnector final : public Connector {
 public:
  PostgresConnector(std::unique_ptr<PostgresLibrary> library, DatabaseUrl url, Seconds timeout)
      : library_(std::move(library)), url_(std::move(url)), timeout_(timeout) {
    Rng rng = Rng::from_entropy();
    mark_.writer = make_ulid(SystemClock(), rng);
  }

  Result<std::unique_ptr<Connection>> connect_writer() override {
    WATTLE_ASSIGN_OR_RETURN(auto connection, connect(&mark_, WhenAway::kWait));
    WATTLE_RETURN_IF_ERROR(connection->prepare_marks());
    return std::unique_ptr<Connection>(std::move(connection));
  }
  Result<std::unique_ptr<Connection>> connect_reader() override {
    WATTLE_ASSIGN_OR_RETURN(auto connection, connect(nullptr, WhenAway::kWait));
    return std::unique_ptr<Connection>(std::move(connection));
  }
  Backend backend() const override { return Backend::kPostgres; }
  Result<bool> last_commit_is_there(Connection& writer) override {
    return static_cast<PostgresConnection&>(writer).last_commit_is_there();
  }
  Status copy_to(const std::string& path) override {
    return Error(ErrorCode::kUnsupported,
                 "a PostgreSQL database is no file that could be copied to " + path);
  }

  /// The first connection: a server that is not there is told at once.
  Status try_once() {
    const auto connection = connect(nullptr, WhenAway::kFail);
    return connection.ok() ? Status() : Status(connection.error());
  }

 private:
  Result<std::unique_ptr<PostgresConnection>> connect(CommitMark* mark, WhenAway when_away) {
    return PostgresConnection::open({.library = library_.get(),
                                     .url = &url_,
                                     .timeout = timeout_,
                                     .when_away = when_away,
                                     .mark = mark});
  }

  std::unique_ptr<PostgresLibrary> library_;
  DatabaseUrl url_;
  Seconds timeout_;
  CommitMark mark_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const PostgresOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(DatabaseUrl url, parse_database_url(options.url));
  WATTLE_ASSIGN_OR_RETURN(auto library, PostgresLibrary::open(options.library));
  auto connector =
      std::make_unique<PostgresConnector>(std::move(library), std::move(url), options.timeout);
  WATTLE_RETURN_IF_ERROR(connector->try_once());
  return std::unique_ptr<Database>(std::make_unique<GroupCommitDatabase>(std::move(connector)));
}

}  // namespace wattle::store
