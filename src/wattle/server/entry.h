// The way into the server: all that `wattle up` runs once its words are understood.
//
// Units:    Seconds. Errors: as Server::run, and those of the database.
// Threads:  one thread. Lifetime: returns when the server ends.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/job/surroundings.h"

namespace wattle::server {

struct ServeOptions {
  std::string database_url;          // "": SQLite, in the home
  std::optional<Seconds> idle_exit;  // nullopt: never
  std::function<void()> on_ready;
  bool logs_json = false;  // to standard error, for a file; else text, for a terminal
};

Status serve(job::Surroundings around, ServeOptions options);

}  // namespace wattle::server
