#include "wattle/access/changes.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/store/outbox.h"

namespace wattle::access {

Status note_change(store::Session& session, const Author& author, const Change& change) {
  auto details = nlohmann::json::object();
  for (const auto& [key, value] : change.details) {
    details[key] = value;
  }
  WATTLE_RETURN_IF_ERROR(store::Outbox::append(
      session, {.topic = change.topic,
                .project = change.project,
                .actor = author.actor,
                .subject = change.subject,
                .payload = details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                .at = author.now}));
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

Status check_room(store::Session& session, std::string_view counting,
                  const store::SqlValues& parameters, std::int64_t most, std::string_view remedy) {
  std::int64_t there = 0;
  WATTLE_RETURN_IF_ERROR(session.query(counting, parameters, [&there](const store::SqlRow& row) {
    there = row.integer(0);
    return Status();
  }));
  return there < most ? Status()
                      : Status(Error(ErrorCode::kFailedPrecondition,
                                     concat("there are ", there, " already, and no more than ",
                                            most, " are kept; ", remedy)));
}

std::int64_t page_size(std::size_t limit) {
  return static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, limits::kAccessListRows));
}

}  // namespace wattle::access
