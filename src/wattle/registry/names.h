// What may be a name, a key or a value in the registry. The rules are MLflow's where it has some,
// so that what its clients write is taken.
//
// Units:    bytes.
// Errors:   kInvalidArgument says what is wrong with which text.
// Threads:  pure functions. Lifetime: none.
// See:      docs/reference/registry.md
#pragma once

#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/registry/caller.h"

namespace wattle::registry {

/// Of metrics, params and tags: letters, digits, '_', '-', '.', ' ', ':' and '/'; as a path it
/// leads nowhere else. `what` names it in the message: "param".
Status check_key(std::string_view what, std::string_view key);
Status check_param(const KeyValue& param);
Status check_tag(const KeyValue& tag);
/// Of experiments and models.
Status check_name(std::string_view what, std::string_view name);
/// No number, no "v" with a number, not "latest": each already means a version.
Status check_alias(std::string_view alias);

/// As much of a value as an index holds: whole characters within limits::kIndexedValueBytes.
std::string value_head(std::string_view value);

}  // namespace wattle::registry
