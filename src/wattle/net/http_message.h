// Requests and responses of HTTP/1.1 as the rest of the house sees them: no type of a library.
//
// Units:    bytes. Errors: none. Threads: value types.
// Lifetime: value types; a response owns the source of its body.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wattle/base/descriptor.h"
#include "wattle/net/body_source.h"

namespace wattle::net {

/// Fields in the order in which they came; names compare without regard to the case of ASCII
/// letters.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  /// Replaces all of that name.
  void set(std::string_view name, std::string value);
  void add(std::string_view name, std::string value);
  void remove(std::string_view name);

  /// The first of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

enum class Transport { kUnix, kTcp, kTls };

/// Who is at the other end.
struct Peer {
  Transport transport = Transport::kUnix;
  std::string address;                // "127.0.0.1", "::1"; "" for a Unix socket
  std::uint16_t local_port = 0;       // of ours that was connected to; 0 for a Unix socket
  std::optional<std::uint32_t> user;  // who connected to a Unix socket, as the kernel says

  /// A loopback address, or a Unix socket: a program of this host.
  bool is_loopback() const;
};

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // as it came: "/api/v1/runs?limit=10"; always begins with '/'
  Headers headers;
  std::string body;
  std::optional<Descriptor> body_file;  // a large body, at its beginning; then `body` is empty
  Peer peer;
};

struct HttpResponse {
  int status = 200;
  /// Content-Length, Date, Connection and Transfer-Encoding are the server's: they are left out.
  Headers headers;
  std::string body;
  std::unique_ptr<BodySource> source;  // instead of `body`
  std::string note;                    // for the log: it comes back in the RequestTrace
};

/// "Not Found" of 404; "Unknown" where there is no such status.
std::string_view reason_phrase(int status);

}  // namespace wattle::net
