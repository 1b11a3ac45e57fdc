#include "wattle/registry/changes.h"

#include "wattle/base/text.h"

namespace wattle::registry {

Status note_change(store::Session& /*session*/, const Caller& /*caller*/,
                   const Change& /*change*/) {
  return {};
}

Status check_version(std::string_view what, std::int64_t there,
                     std::optional<std::int64_t> expected) {
  return !expected || *expected == there
             ? Status()
             : Status(Error(ErrorCode::kFailedPrecondition,
                            concat(what, " was changed by somebody else: it is at version ", there,
                                   ", not ", *expected, "; read it again")));
}

}  // namespace wattle::registry
