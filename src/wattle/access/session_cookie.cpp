#include "wattle/access/session_cookie.h"

#include <cmath>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

std::string attributes_of(const CookieName& name, std::int64_t lifetime_seconds) {
  return concat("; Path=/; Max-Age=", lifetime_seconds, "; SameSite=Strict",
                name.kind == SecretKind::kSession ? "; HttpOnly" : "",
                name.scheme == Scheme::kHttps ? "; Secure" : "");
}

}  // namespace

std::string CookieName::text() const {
  return concat(scheme == Scheme::kHttps ? "__Host-wattle_" : "wattle_", to_text(kind), "_", port);
}

std::string set_cookie(const CookieName& name, const Secret& secret, Seconds lifetime) {
  return concat(name.text(), "=", secret.reveal(),
                attributes_of(name, std::llround(lifetime.value())));
}

std::string clear_cookie(const CookieName& name) {
  return concat(name.text(), "=", attributes_of(name, 0));
}

Result<std::optional<std::string_view>> find_cookie(std::string_view header,
                                                    std::string_view name) {
  if (header.size() > limits::kCookieHeaderBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("the header Cookie is longer than ", limits::kCookieHeaderBytes,
                        " bytes; delete this host's cookies in the browser"));
  }
  const auto cookies = split(header, ';');
  if (cookies.size() > limits::kCookies) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("there are more than ", limits::kCookies,
                        " cookies; delete this host's cookies in the browser"));
  }
  std::optional<std::string_view> found;
  for (const std::string_view cookie : cookies) {
    const std::size_t equals = cookie.find('=');
    if (equals == std::string_view::npos || trim(cookie.substr(0, equals)) != name) {
      continue;
    }
    const std::string_view value = trim(cookie.substr(equals + 1));
    if (found && *found != value) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("the cookie '", name,
                          "' came twice with different values; delete this host's cookies in the "
                          "browser"));
    }
    found = value;
  }
  return found;
}

}  // namespace wattle::access
