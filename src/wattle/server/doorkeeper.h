// Who a request comes from, before anything is done for it.
//
// Over the Unix socket it is the owner of the home, as the kernel says. Over TCP it is whoever the
// token or the session's cookie belongs to, and the request must have been meant for us: the header
// Host names one of our addresses, and what a browser sends with a cookie comes from our own pages.
// An address of another host may ask so often, and every address may guess secrets much less often.
//
// Units:    none.
// Errors:   an Answer without identity says which status and why; the reason for the log is apart.
// Threads:  any. Lifetime: borrows its parts.
// See:      docs/reference/access.md
#pragma once

#include <map>
#include <optional>
#include <string>

#include "wattle/access/grant.h"
#include "wattle/access/origin.h"
#include "wattle/access/rate_limiter.h"
#include "wattle/access/sessions.h"
#include "wattle/access/tokens.h"
#include "wattle/base/result.h"
#include "wattle/net/http_message.h"

namespace wattle::server {

class Doorkeeper {
 public:
  struct Parts {
    const Clock& clock;
    access::Tokens& tokens;
    access::Sessions& sessions;
    std::string owner;           // the account that the home belongs to
    std::uint32_t owner_id = 0;  // its uid
  };
  struct Answer {
    std::optional<access::Identity> identity;
    int status = 0;          // of a refusal: 400, 401, 403, 429 or 503
    std::string message;     // for whoever asks
    std::string reason;      // for the log; "" when the message is all
    Seconds retry_after{0};  // with 429
  };

  explicit Doorkeeper(Parts parts);

  /// We listen on that TCP port, and are known there by these names. Before the first request.
  void add_port(std::uint16_t port, access::AllowedOrigins origins) {
    origins_.insert_or_assign(port, std::move(origins));
  }

  Answer admit(const net::HttpRequest& request);
  /// Before a request of nobody is answered (health, a login link): was it meant for us, and does
  /// its address not ask too often?
  std::optional<Answer> refuse_stranger(const net::HttpRequest& request);
  /// A login link was wrong: its address waits before it tries again.
  void note_failure(const net::HttpRequest& request);

 private:
  Answer admit_owner(const net::Peer& peer) const;
  Answer admit_token(const net::HttpRequest& request, std::string_view token);
  Answer admit_session(const net::HttpRequest& request, std::string_view cookie);
  Answer refuse_secret(const net::HttpRequest& request, std::string reason);

  Parts parts_;
  std::map<std::uint16_t, access::AllowedOrigins> origins_;
  access::RateLimiter requests_;
  access::FailedLogins failures_;
};

}  // namespace wattle::server
