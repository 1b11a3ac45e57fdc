// The two cookies of a session: their names, how they are set, and how they are found again.
//
// Cookies do not know ports: all servers of one host see each other's. So the port is part of the
// name, and a name that comes twice with different values, which is how another server would slip
// us its own, is refused.
//
// Units:    bytes; Seconds.
// Errors:   find_cookie: kInvalidArgument for a header that is too long or contradicts itself.
// Threads:  pure functions, value types. Lifetime: find_cookie's view points into the header.
// See:      docs/reference/access.md#sessions
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/access/origin.h"
#include "wattle/access/secret.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle::access {

struct CookieName {
  SecretKind kind = SecretKind::kSession;  // or kCsrf
  Scheme scheme = Scheme::kHttp;           // as the browser sees us
  std::uint16_t port = 80;

  /// "wattle_session_8080"; with TLS "__Host-wattle_session_8443", which no other host and no
  /// page without TLS can set.
  std::string text() const;
};

/// The value of a header Set-Cookie. Both: Path=/, SameSite=Strict, Secure with TLS. The session's:
/// HttpOnly too.
std::string set_cookie(const CookieName& name, const Secret& secret, Seconds lifetime);
/// Ends it.
std::string clear_cookie(const CookieName& name);

/// The value of that cookie in a header Cookie; nullopt when it is not there.
Result<std::optional<std::string_view>> find_cookie(std::string_view header, std::string_view name);

}  // namespace wattle::access
