// Opens the database that a home or a URL names.
//
// Units:    Seconds.
// Errors:   kInvalidArgument: a URL that cannot be read. kUnavailable: PostgreSQL is not reached,
//           or its library is not installed. Otherwise as sqlite_database.h. No message holds a
//           password.
// Threads:  any. Lifetime: as Database.
#pragma once

#include <memory>
#include <string>

#include "wattle/base/units.h"
#include "wattle/store/database.h"

namespace wattle::store {

struct DatabaseOptions {
  std::string home;          // WATTLE_HOME; its folder must be there
  std::string url;           // "": HOME/wattle.db; "postgresql://USER@HOST/NAME": a server
  Seconds busy_timeout{10};  // how long others may hold it, and a server may be away
};

Result<std::unique_ptr<Database>> open_database(const DatabaseOptions& options);

/// Where the database of a home without a URL lies.
std::string sqlite_file(const std::string& home);
/// Where copies go before migrations.
std::string backups_folder(const std::string& home);

}  // namespace wattle::store
