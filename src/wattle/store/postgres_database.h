// A PostgreSQL database as a Database. Writers of all processes take one lock, so that there is one
// at a time as with SQLite; reads are on a snapshot.
//
// A connection that breaks during a commit leaves open whether it took place. Each commit therefore
// leaves a mark (table wattle_writers); after reconnecting, the mark says whether the last one is
// there. If it is not, the works run again; if the server stays away for longer than `timeout`, the
// callers get kUnavailable, which says that it is not known.
//
// Units:    Seconds.
// Errors:   kUnavailable: the server, or the library to reach it, is not there. kInvalidArgument:
//           the URL. No message holds the password.
// Threads:  as Database. Lifetime: closes its connections with its object.
// See:      docs/reference/database.md
#pragma once

#include <memory>
#include <string>

#include "wattle/base/units.h"
#include "wattle/store/database.h"

namespace wattle::store {

struct PostgresOptions {
  std::string url;      // postgresql://USER:PASSWORD@HOST:PORT/NAME?...
  Seconds timeout{10};  // for a server that was there to come back, and for other writers
  std::string library = "libpq.so.5";
};

/// Connects once, to tell what is wrong now rather than later.
Result<std::unique_ptr<Database>> open_postgres(const PostgresOptions& options);

}  // namespace wattle::store
