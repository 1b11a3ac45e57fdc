// The SQLite file of a home as a Database: write-ahead log, synchronous FULL, one writer with group
// commit, several readers. Several processes may have it open, each on the same host.
//
// Units:    Seconds.
// Errors:   kUnsupported: the file lies on a network file system, where its locks and its shared
//           memory cannot be relied on. kIo: it cannot be made or written.
// Threads:  as Database. Lifetime: closes with its object; a process that forks must not use it in
//           the child.
// See:      docs/reference/database.md
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "wattle/base/units.h"
#include "wattle/store/database.h"

namespace wattle::store {

struct SqliteOptions {
  std::string path;          // its folder must be there; the file is made for the owner only (0600)
  Seconds busy_timeout{10};  // how long another process may hold the database
  /// The magic number of the file system of a path (statfs); tests stand in.
  std::function<Result<long>(const std::string&)> file_system;
};

Result<std::unique_ptr<Database>> open_sqlite(const SqliteOptions& options);

/// Reads the whole file and checks every page and index; kIo says what is damaged.
Status check_sqlite_file(const std::string& path);

/// "NFS" for the magic number of a network file system, "" for others.
std::string_view network_file_system(long magic);

}  // namespace wattle::store
