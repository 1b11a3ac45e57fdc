// The server's face to the network: listens, finds out who asks, and hands requests to the API.
//
// Units:    Seconds.
// Errors:   open(): those of net/http_server.h.
// Threads:  requests are handled on threads of the HTTP server; the rest belongs to the server's
//           own thread.
// Lifetime: borrows its parts. Requests under way end before close() returns.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wattle/api/api.h"
#include "wattle/base/log.h"
#include "wattle/base/time.h"
#include "wattle/net/http_server.h"
#include "wattle/server/doorkeeper.h"
#include "wattle/server/doorway.h"
#include "wattle/server/tcp_listener.h"

namespace wattle::server {

class Front final : public Doorway {
 public:
  struct Parts {
    const Clock& clock;
    Log& log;
    const api::Api& api;
    Doorkeeper& doorkeeper;
    api::Services& services;
    std::function<bool()> is_outdated;  // was the program replaced on the disk?
    std::string socket;                 // of the home
    std::vector<TcpListener> tcp;
  };

  explicit Front(Parts parts) : parts_(std::move(parts)) {}

  Status open() override;
  /// Nobody new comes; requests under way have a moment to end, streams end at once.
  void close() override;

  /// Is a request under way, or an answer open that goes on?
  bool is_in_use() const override;
  /// Since the last request; for ever when there was none.
  Seconds idle_for() const override;
  std::size_t streams() const;
  /// The TCP ports that we listen on, in the order of the listeners.
  const std::vector<std::uint16_t>& ports() const { return ports_; }

 private:
  net::HttpResponse handle(net::HttpRequest request);
  net::HttpResponse answer(net::HttpRequest request, const std::string& id);
  std::optional<net::HttpResponse> answer_anybody(const net::HttpRequest& request);
  net::HttpResponse refuse(const Doorkeeper::Answer& refusal, const std::string& id);
  void trace(const net::RequestTrace& trace);
  std::string next_id();

  Parts parts_;
  std::unique_ptr<net::HttpServer> http_;
  std::vector<std::uint16_t> ports_;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::int64_t> last_boot_ns_ = -1;
};

}  // namespace wattle::server
