// A TCP address to listen at, and the names by which clients know it.
//
// Units:    none. Errors: none. Threads: value type. Lifetime: value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wattle::server {

/// PEM files.
struct Certificate {
  std::string chain;  // the server's own first
  std::string key;
};

struct TcpListener {
  std::string address;     // "127.0.0.1", "::"
  std::uint16_t port = 0;  // 0: any free one
  std::optional<Certificate> tls;
  std::vector<std::string> names;  // as access::AllowedOrigins::create
};

}  // namespace wattle::server
