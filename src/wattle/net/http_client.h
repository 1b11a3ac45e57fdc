// A client: one interface, over a Unix socket of this host (no library to load) or to http:// and
// https:// (libcurl, opened on demand, so that no command that does not need it pays for it).
//
// Units:    bytes, Seconds.
// Errors:   kUnavailable: nobody answers (refused, no socket, the connection broke before the head
//           of the answer: whether the request was handled is then not known), or libcurl is not
//           installed. kTimeout. kPermissionDenied: the certificate was not verified, the socket's
//           permissions, or TargetPolicy. kParse: the answer is not HTTP. kIo: the connection broke
//           within the body. kCancelled: by a callback or `cancel`. kInvalidArgument: the request.
//           An answer of any status is an answer, no error.
// Threads:  a client is used by one thread at a time; several clients by several threads.
// Lifetime: keeps one connection open between exchanges.
// See:      docs/adr/2026-11-25-beast-and-curl.md
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/net/http_message.h"

namespace wattle::net {

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

/// Called with status and headers before the body; false ends the exchange (then kCancelled).
using OnHead = std::function<bool(const ClientResponse&)>;
/// Called with each piece of the body as it comes; false ends the exchange (then kCancelled).
using OnBytes = std::function<bool(std::string_view)>;

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query
  Headers headers;           // Host, Content-Length, Connection and Transfer-Encoding are ours
  std::string body;
  std::optional<std::string> body_file;  // its path, instead of `body`; read while it is sent
  std::optional<Seconds> timeout;        // of the whole exchange; nullopt: none (streams)
  OnHead on_head;                        // for stream()
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  /// The answer with its whole body, at most limits::kHttpAnswerBytes (else kIo).
  virtual Result<ClientResponse> send(const ClientRequest& request) = 0;
  /// The body of an answer of 2xx goes to `on_bytes` piece by piece, and the `body` that is
  /// returned is empty; any other answer is returned whole, as by send(). Blocks until the end.
  /// `cancel` (-1: none): a descriptor that ends the exchange when it turns readable (kCancelled).
  virtual Result<ClientResponse> stream(const ClientRequest& request, const OnBytes& on_bytes,
                                        int cancel) = 0;
};

/// When the connection that was kept turns out to be closed before anything was received, GET, HEAD
/// and requests with an Idempotency-Key are sent once more on a new one; others are kUnavailable.
std::unique_ptr<HttpClient> unix_client(std::string socket_path);

enum class TargetPolicy {
  kAny,
  /// For addresses that users give (webhooks). The address that a name resolved to is checked when
  /// its socket is opened, so that a name that changes its mind does not help: loopback, private,
  /// link-local, shared, multicast and unspecified ones, also within IPv6, are kPermissionDenied.
  /// A proxy of the environment is not used.
  kPublicOnly,
};

struct RemoteOptions {
  std::string base_url;                // "https://wattle.example.org/prefix", without a query
  std::optional<std::string> ca_file;  // PEM, instead of the system's authorities
  TargetPolicy targets = TargetPolicy::kAny;
};

/// Redirects are never followed: they are answers. Certificates are always verified.
Result<std::unique_ptr<HttpClient>> remote_client(RemoteOptions options);

}  // namespace wattle::net
