#include "wattle/access/verdict.h"

#include <utility>

namespace wattle::access {

std::string_view to_text(Refusal refusal) {
  switch (refusal) {
    case Refusal::kMalformed:
      return "malformed";
    case Refusal::kUnknown:
      return "unknown";
    case Refusal::kRevoked:
      return "revoked";
    case Refusal::kExpired:
      return "expired";
    case Refusal::kUsed:
      return "used already";
    case Refusal::kUserDisabled:
      return "user disabled";
    case Refusal::kUserRemoved:
      break;
  }
  return "user removed";
}

Verdict Verdict::admit(Identity identity, std::string subject) {
  return {.identity = std::move(identity), .subject = std::move(subject)};
}

Verdict Verdict::refuse(Refusal refusal, std::string subject) {
  return {.identity = {}, .refusal = refusal, .subject = std::move(subject)};
}

Result<Identity> to_identity(const Verdict& verdict) {
  return verdict.identity ? Result<Identity>(*verdict.identity) : refused();
}

Error refused() {
  return {ErrorCode::kPermissionDenied,
          "this token, link or session is not valid, or not any more; make a new one with "
          "'wattle token create' or 'wattle ui'"};
}

}  // namespace wattle::access
