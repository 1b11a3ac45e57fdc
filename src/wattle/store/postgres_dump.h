// A PostgreSQL database to a file and back, by PostgreSQL's own pg_dump and pg_restore.
//
// Units:    Seconds.
// Errors:   kUnavailable: the program is not installed; the package is named. kIo: it failed; its
//           words are in the message, without the password.
// Threads:  as Subprocess. Lifetime: none.
#pragma once

#include <string>

#include "wattle/base/subprocess.h"
#include "wattle/store/database_url.h"

namespace wattle::store {

/// One snapshot of the whole database, in pg_dump's own format.
Status dump_postgres(Subprocess& subprocess, const DatabaseUrl& url, const std::string& file);
/// Into an empty database, in one transaction: all or nothing.
Status restore_postgres(Subprocess& subprocess, const DatabaseUrl& url, const std::string& file);

}  // namespace wattle::store
