// A home as one folder that can be put away, and back again.
//
// A backup is made while everything runs. It holds the database as of one instant after it began,
// every artifact that this database knows, and the files of the runs; what was acknowledged before
// the call is in it. It appears under its name when it is whole and on the disk, or not at all.
//
// Units:    bytes.
// Errors:   kAlreadyExists: the destination is there. kFailedPrecondition: the home is not empty,
//           or the backup is of the other kind of database. kParse, kIo: the backup is damaged; the
//           file is named. kUnavailable: pg_dump or pg_restore is missing.
// Threads:  any. Lifetime: none.
// See:      docs/reference/database.md
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wattle/base/subprocess.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::store {

struct BackupOptions {
  std::string home;
  std::string url;          // of the database; "" for SQLite
  std::string destination;  // a folder that is not there yet
  std::string program;      // "0.2.0"
};

struct BackupReport {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::vector<std::string> damaged;  // artifacts that are not what their names say: left out
};

Result<BackupReport> backup(Database& database, Subprocess& subprocess, const Clock& clock,
                            const BackupOptions& options);

struct RestoreOptions {
  std::string backup;
  std::string home;  // not there, or an empty folder
  std::string url;   // an empty PostgreSQL database, if the backup is of one
};

/// Compares every file with its digest, checks the database, and only then makes the home.
Result<BackupReport> restore(Subprocess& subprocess, const RestoreOptions& options);

}  // namespace wattle::store
