// What may be the name of a user, a project, a token.
//
// Units:    bytes.
// Errors:   kInvalidArgument says what is wrong with which text, and what may be written.
// Threads:  pure functions. Lifetime: none.
// See:      docs/reference/access.md#names
#pragma once

#include <string_view>

#include "wattle/base/result.h"

namespace wattle::access {

/// Of users and projects, as `project` of wattle.yaml: 1 to 63 of a-z, 0-9, '.', '_' and '-', a
/// letter or digit first. One case only, so that no two users look alike. `what` names it in the
/// message: "user".
Status check_name(std::string_view what, std::string_view name);
/// Any line of text, not empty.
Status check_label(std::string_view what, std::string_view text);
/// Text of several lines; may be empty.
Status check_description(std::string_view what, std::string_view text);
/// As accounts of Linux and of directories are named: no space, ':' or '/', no '-' first.
Status check_unix_account(std::string_view account);

}  // namespace wattle::access
