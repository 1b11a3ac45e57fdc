#include "wattle/store/open_database.h"

#include "wattle/base/file.h"
#include "wattle/store/postgres_database.h"
#include "wattle/store/sqlite_database.h"

namespace wattle::store {

std::string sqlite_file(const std::string& home) {
  return path_join(home, "wattle.db");
}

std::string backups_folder(const std::string& home) {
  return path_join(home, "backups");
}

Result<std::unique_ptr<Database>> open_database(const DatabaseOptions& options) {
  if (options.url.empty()) {
    return open_sqlite({.path = sqlite_file(options.home), .busy_timeout = options.busy_timeout});
  }
  return open_postgres({.url = options.url, .timeout = options.busy_timeout});
}

}  // namespace wattle::store
