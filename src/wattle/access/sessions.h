// Sessions of browsers: `wattle ui` makes a link, the link is redeemed once for a session.
//
// A link carries what whoever made it may do, and so does the session: the owner's is the owner's,
// a token's ends with the token. A session ends 12 h after it began, and after 2 h without a
// request.
//
// Units:    instants in nanoseconds (UTC).
// Errors:   kPermissionDenied: the one refusal of verdict.h, or a wrong CSRF secret.
//           kFailedPrecondition: too many links are open. Else as the database.
// Threads:  any; of two that redeem one link, one gets the session.
// Lifetime: borrows its Database, Clock and RandomSource.
// See:      docs/reference/access.md#sessions
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/access/grant.h"
#include "wattle/access/random_source.h"
#include "wattle/access/secret.h"
#include "wattle/access/verdict.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::access {

struct SessionTimes {
  Seconds link{60};
  Seconds most{12.0 * 3600};
  Seconds idle{2.0 * 3600};
};

/// What a browser gets for a link: both secrets, once.
struct OpenedSession {
  Identity identity;
  Secret session;  // for the cookie that scripts cannot read
  Secret csrf;     // for the cookie that our pages read and send back in a header
  UtcTime expires;
};

struct Redemption {
  std::optional<OpenedSession> session;  // nullopt: refused
  Refusal refusal = Refusal::kUnknown;
};

/// A session that was verified, and what check_csrf() needs.
struct VerifiedSession {
  Identity identity;
  std::string csrf_hash;
};

struct SessionVerdict {
  std::optional<VerifiedSession> session;  // nullopt: refused
  Refusal refusal = Refusal::kUnknown;
  std::string subject;  // the session's id, where there is one
};

struct Swept {
  std::int64_t sessions = 0;
  std::int64_t links = 0;
};

class Sessions {
 public:
  Sessions(store::Database& database, const Clock& clock, RandomSource& random,
           SessionTimes times = {})
      : database_(database), clock_(clock), random_(random), times_(times) {}

  /// A link with the rights of `by`, who is the owner or a token: a session makes no sessions.
  Result<Secret> create_link(const Identity& by);

  Result<OpenedSession> redeem(std::string_view link);
  /// The same with the reason for the log. Its errors are the database's.
  Result<Redemption> try_redeem(std::string_view link);

  Result<VerifiedSession> verify(std::string_view session);
  Result<SessionVerdict> examine(std::string_view session);

  /// For each request that changes something: the secret that came with the session.
  static Status check_csrf(const VerifiedSession& session, std::string_view secret);

  /// Ends it. A session that is none has ended already.
  Status logout(const Identity& identity);

  /// Removes sessions and links that are over, some hundreds at a time: again while it removes any.
  Result<Swept> sweep();

 private:
  void note_seen(const std::string& id, UtcTime seen);

  store::Database& database_;
  const Clock& clock_;
  RandomSource& random_;
  SessionTimes times_;
};

}  // namespace wattle::access
