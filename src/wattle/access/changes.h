// Every change of this module becomes an event in the store's outbox, in the same transaction.
//
// No event holds a secret or its hash: details are ids, names and bounds.
//
// Units:    none.
// Errors:   as store::Outbox. kFailedPrecondition: a row was changed by somebody else.
// Threads:  as the Session. Lifetime: value types.
// See:      docs/reference/access.md#events
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wattle/access/grant.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::access {

struct Change {
  std::string topic;          // "access.token_created"
  std::string project = "*";  // "*": of none or all
  std::string subject;        // a name or id
  std::vector<std::pair<std::string, std::string>> details;
};

struct Author {
  std::string actor;
  UtcTime now;
};

Status note_change(store::Session& session, const Author& author, const Change& change);

/// Optimistic concurrency: whoever read version `expected` of a row may change that version only.
Status check_version(std::string_view what, std::int64_t there,
                     std::optional<std::int64_t> expected);

/// kFailedPrecondition when `counting`, a SELECT COUNT(*), finds `most` rows or more.
Status check_room(store::Session& session, std::string_view counting,
                  const store::SqlValues& parameters, std::int64_t most, std::string_view remedy);

/// As a listing takes it: at least 1, at most limits::kAccessListRows.
std::int64_t page_size(std::size_t limit);

inline std::optional<UtcTime> maybe_time(std::optional<std::int64_t> ns) {
  return ns ? std::optional(UtcTime{*ns}) : std::nullopt;
}
inline std::optional<std::int64_t> maybe_ns(const std::optional<UtcTime>& time) {
  return time ? std::optional(time->ns) : std::nullopt;
}

}  // namespace wattle::access
