// Tags of experiments, models and versions. (Those of runs can be filtered by: runs.h.)
//
// Units:    none.
// Errors:   kInvalidArgument: a key or value that is none. kNotFound: no such tag. Else as the
//           database.
// Threads:  as the Session. Lifetime: none.
// See:      docs/reference/registry.md
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/caller.h"
#include "wattle/store/database.h"

namespace wattle::registry {

/// ("experiment", id), ("model", id), ("model_version", "MODEL_ID/3"). That it is there is for the
/// caller to know.
struct TagOwner {
  std::string kind;
  std::string id;
};

Status set_tags(store::Session& session, const Caller& caller, const TagOwner& owner,
                std::span<const KeyValue> tags);
Status delete_tag(store::Session& session, const Caller& caller, const TagOwner& owner,
                  const std::string& key);
/// By key.
Result<std::vector<KeyValue>> tags_of(store::Session& session, std::string_view project,
                                      const TagOwner& owner);

}  // namespace wattle::registry
