#include "wattle/registry/changes.h"

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/store/outbox.h"

namespace wattle::registry {

Status note_change(store::Session& session, const Caller& caller, const Change& change) {
  auto details = nlohmann::json::object();
  for (const auto& [key, value] : change.details) {
    details[key] = value;
  }
  // Texts have been through the database, which refuses what is not UTF-8; should one not have
  // been, it is told with its bytes replaced rather than not at all.
  WATTLE_RETURN_IF_ERROR(store::Outbox::append(
      session, {.topic = change.kind,
                .project = caller.project,
                .actor = caller.actor,
                .subject = change.subject,
                .payload = details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                .at = caller.now}));
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
