// The way into the command line: all of main().
//
// Units:    exit codes as base/error_code.h. Errors: reported on standard error, one line.
// Threads:  one thread. Lifetime: none.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/job/surroundings.h"

namespace wattle::cli {

/// A TCP address that the server is to listen at, beside the socket of its home.
struct ListenOrder {
  std::string address;      // "127.0.0.1", "::"
  std::uint16_t port = 0;   // 0: any free one
  std::string certificate;  // PEM files; both "": no TLS
  std::string key;
  std::vector<std::string> names;  // by which clients know it
};

/// What `wattle up` runs: the server, which the command line does not know.
struct ServerOrder {
  job::Surroundings around;
  std::string database_url;
  std::string version;
  std::vector<ListenOrder> listen;
  std::optional<Seconds> idle_exit;  // nullopt: never
  /// With the ports that it listens at, in the order of `listen`.
  std::function<void(const std::vector<std::uint16_t>&)> on_ready;
  bool is_background = false;
};
/// True when it was asked to make room for a newer program.
using ServerEntry = std::function<Result<bool>(ServerOrder)>;

/// Parses, dispatches, reports; returns the exit code. `environment` as environ.
int run_command_line(int argc, const char* const* argv, const char* const* environment,
                     const ServerEntry& serve);

}  // namespace wattle::cli
