// A PostgreSQL server of a test's own: in a temporary folder, on a Unix socket there, with fsync on
// and a collation that is not by bytes, so that a query that relies on its order is found out.
// Optional part `postgres` (requirement.h).
//
// Units:    none.
// Errors:   a server that does not start ends the test program with its log.
// Threads:  one. Lifetime: killed and removed with its object, and killed with the test program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "temporary_folder.h"
#include <sys/types.h>

namespace wattle::support {

class PostgresServer {
 public:
  /// Whether the programs of PostgreSQL 15 are here (Debian: postgresql-15).
  static bool is_installed();
  /// The folder of those programs, "" without them.
  static std::string programs();

  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Makes an empty database; its URL.
  std::string create_database();
  std::string url(std::string_view database) const;

  /// SIGKILL to each of its processes at once, as when the power fails but for the disk's cache.
  void kill();
  /// SIGQUIT: it ends without a checkpoint.
  void stop_immediately();
  /// After either: starts on the same data and recovers; back when it accepts connections.
  void start();

 private:
  void await_end(const std::vector<pid_t>& processes);

  TemporaryFolder folder_;
  pid_t pid_ = -1;
  int output_ = -1;  // what the server logs
  int databases_ = 0;
};

}  // namespace wattle::support
