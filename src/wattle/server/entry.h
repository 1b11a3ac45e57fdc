// The way into the server: all that `wattle up` runs once its words are understood.
//
// Units:    Seconds. Errors: as Server::run, and those of the database and of the listeners.
// Threads:  one thread. Lifetime: returns when the server ends.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/job/surroundings.h"
#include "wattle/server/server_end.h"
#include "wattle/server/tcp_listener.h"

namespace wattle::server {

struct ServeOptions {
  std::string database_url;          // "": SQLite, in the home
  std::string version;               // of the program
  std::vector<TcpListener> tcp;      // beside the socket of the home
  std::optional<Seconds> idle_exit;  // nullopt: never
  /// Once it is up, with the TCP ports in the order of the listeners.
  std::function<void(const std::vector<std::uint16_t>&)> on_ready;
  bool logs_json = false;  // to standard error, for a file; else text, for a terminal
};

Result<ServerEnd> serve(job::Surroundings around, ServeOptions options);

}  // namespace wattle::server
