// An HTTP/1.1 server: Unix sockets, TCP and TLS on one thread of its own, and a few threads that
// handle requests.
//
// A request reaches the handler whole: its head was checked more strictly than the standard asks,
// and its body was read into memory or into a file. Whatever is wrong before that the server
// answers itself (Options::refuse) and closes the connection: 400, 408, 413, 414, 417, 431, 501,
// 503, 505, 507. A connection has one request under way; pipelined ones wait in the socket.
//
// Units:    bytes, Seconds.
// Errors:   listen_*: kInvalidArgument names the path, address or file and what is wrong with it;
//           kUnavailable: in use by another; kPermissionDenied.
// Threads:  create, listen_*, start, stop, close_listeners from one thread at a time, and none of
//           them from a handler; statistics() from any. At rest no thread wakes.
// Lifetime: the destructor stops, and leaves no thread. What handlers borrow outlives the server.
// See:      docs/adr/2026-11-25-beast-and-curl.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/limits.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/net/http_message.h"

namespace wattle::net {

/// What is decided from a request's head, before its body is read.
struct BodyPolicy {
  std::size_t most_bytes = limits::kHttpBodyBytes;  // over it: 413
  bool spools = false;  // over limits::kHttpSpoolBytes: into a file of Options::spool_folder
};

/// One request as it is to be logged.
struct RequestTrace {
  std::string method;  // "" and an empty target where the head could not be read
  std::string target;
  Peer peer;
  int status = 0;
  std::uint64_t bytes_in = 0;   // of the body
  std::uint64_t bytes_out = 0;  // of head and body, as they were handed to the kernel
  Seconds waited;               // for a worker
  Seconds handled;              // by the handler
  std::string note;             // of the response
  bool is_complete = false;     // false: the connection ended before the end of the response
};

/// PEM files.
struct TlsFiles {
  std::string certificate;  // the chain, the server's own first
  std::string key;
};

/// Now, but for the counters that say "since the start".
struct ServerStatistics {
  std::size_t connections = 0;
  std::size_t streams = 0;          // responses that wait for a bell or a heartbeat
  std::size_t under_way = 0;        // requests from their first byte to the end of the response
  std::uint64_t accepted = 0;       // connections, since the start
  std::uint64_t handled = 0;        // requests that a handler answered, since the start
  std::uint64_t refused = 0;        // answered by the server itself, since the start
  std::uint64_t accept_errors = 0;  // no descriptors, no memory: accepting paused for a moment
};

class HttpServer {
 public:
  /// Called on a worker thread, several at once. An exception is answered with 500.
  using Handler = std::function<HttpResponse(HttpRequest)>;

  struct Options {
    int workers = 4;
    std::size_t most_connections = limits::kHttpConnections;  // over it: 503 and closed
    std::size_t most_waiting = limits::kHttpWaitingRequests;  // for a worker; over it: 503
    Seconds head_timeout{10};   // for the whole head: dripping bytes does not help; 408
    Seconds body_timeout{20};   // and a second more for each limits::kHttpLeastRate bytes; 408
    Seconds idle_timeout{120};  // between two requests of a connection
    Seconds write_timeout{30};  // for each 64 KiB; then the connection is closed
    std::string spool_folder = "/tmp";
    // The functions below are called on the server's own thread and must be quick.
    /// Sees the head, without a body. Unset: BodyPolicy{}.
    std::function<BodyPolicy(const HttpRequest& head)> body_policy;
    /// How the server's own refusals look. Unset: the message as plain text.
    std::function<HttpResponse(int status, std::string_view message)> refuse;
    std::function<void(const RequestTrace&)> on_done;
    /// Accepting failed, or a source did.
    std::function<void(const Error&)> on_problem;
  };

  static Result<std::unique_ptr<HttpServer>> create(Options options, Handler handler);
  /// stop(Seconds(0)).
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Before or after start(). The socket is for its owner only (0600), and it replaces what stands
  /// there in one step: bound under a temporary name, then renamed. Who must be alone locks first.
  Status listen_unix(const std::string& path);
  /// An address of IPv4 or IPv6, no name. Port 0: any free one. Returns the port.
  Result<std::uint16_t> listen_tcp(const std::string& address, std::uint16_t port,
                                   const std::optional<TlsFiles>& tls = std::nullopt);
  Status start();
  /// No new connections; requests under way have `grace` to end, then everything is closed.
  /// Streams end at once: their sources are asked no more. Returns when no thread is left, so a
  /// handler that does not return holds it up.
  void stop(Seconds grace);
  /// Closes the listeners and removes their files; connections go on. The first half of ending
  /// when idle: nobody new comes, and then statistics() says whether anybody is left.
  void close_listeners();
  ServerStatistics statistics() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wattle::net
