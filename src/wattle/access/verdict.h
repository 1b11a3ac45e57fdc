// What became of a secret that somebody showed.
//
// To a stranger every refusal reads the same, so that nobody learns which tokens there were or
// whose they are. The log gets the reason.
//
// Units:    none.
// Errors:   to_identity: kPermissionDenied, one message whatever the reason.
// Threads:  pure functions, value types. Lifetime: value types.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wattle/access/grant.h"
#include "wattle/base/result.h"

namespace wattle::access {

enum class Refusal {
  kMalformed,  // no secret of that kind; no query was made
  kUnknown,    // never made, or removed long ago
  kRevoked,    // the token, or the one that the session came from
  kExpired,    // its own time, or idle for too long
  kUsed,       // a login link, once more
  kUserDisabled,
  kUserRemoved,
};

/// "malformed", "user disabled": for the log.
std::string_view to_text(Refusal refusal);

struct Verdict {
  std::optional<Identity> identity;  // nullopt: refused
  Refusal refusal = Refusal::kUnknown;
  std::string subject;  // id of the token or session, where there is one: for the log

  static Verdict admit(Identity identity, std::string subject);
  static Verdict refuse(Refusal refusal, std::string subject = "");
};

Result<Identity> to_identity(const Verdict& verdict);
/// The error of every refusal.
Error refused();

}  // namespace wattle::access
