// Every change of the registry becomes an event in the store's outbox, in the same transaction: who
// follows the events misses none, and sees none that did not happen.
//
// Units:    none.
// Errors:   kFailedPrecondition: a row was changed by somebody else since it was read. Else as the
//           database.
// Threads:  as the Session. Lifetime: value types.
// See:      docs/reference/registry.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/caller.h"
#include "wattle/store/database.h"

namespace wattle::registry {

struct Change {
  std::string kind;     // "run.created": what is told, then what happened to it
  std::string subject;  // its id
  std::vector<KeyValue> details;
};

Status note_change(store::Session& session, const Caller& caller, const Change& change);

/// Optimistic concurrency: whoever read version `expected` of a row may change that version only.
Status check_version(std::string_view what, std::int64_t there,
                     std::optional<std::int64_t> expected);

}  // namespace wattle::registry
