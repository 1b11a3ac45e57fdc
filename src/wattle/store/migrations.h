// Migrations: how the tables of each module come to be, and get from one release to the next.
//
// A module has one Schema: an ordered list of migrations, numbered from 1 without gaps. What was
// released is never changed, only followed; a digest of each in the database makes sure of it.
// Forward only: the way back is the backup that is made before a database with content migrates.
//
// Units:    instants in nanoseconds (UTC).
// Errors:   kFailedPrecondition: the database was migrated by a newer program, or a migration is
//           another than the one that was applied; both are named. Otherwise as database.h.
// Threads:  any; of several processes that migrate at once one does, the others find it done.
// Lifetime: none.
// See:      docs/reference/database.md
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::store {

struct Migration {
  int number = 0;
  std::string name;                     // "runs", "index of metrics": what it brings
  std::vector<std::string> statements;  // in the dialect of database.h
};

/// The migrations of one module, under its own name.
struct Schema {
  std::string module;
  std::vector<Migration> migrations;
};

struct MigrationOptions {
  std::string program;         // "0.2.0": who migrates; told when an older program is refused
  std::string backups_folder;  // for SQLite; made if needed. "": no backup
};

/// Brings every schema to its last migration, in their order, each migration in a transaction of
/// its own. A SQLite database that holds something already is first copied to
/// BACKUPS_FOLDER/wattle-SCHEMA-UTC.db.
Status migrate(Database& database, std::span<const Schema> schemas, const Clock& clock,
               const MigrationOptions& options);

/// "registry 3, store 1": the last migration of each module that the database has; "" for none.
Result<std::string> schema_version(Database& database);

}  // namespace wattle::store
