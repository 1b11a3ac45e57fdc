// The tables of users, tokens, projects, quotas and sessions, as migrations.
//
// Units:    in the names of columns. Errors: none. Threads: pure function. Lifetime: a value.
// See:      docs/reference/access.md
#pragma once

#include "wattle/store/migrations.h"

namespace wattle::access {

/// Needs the tables of store::store_schema(), which goes first.
store::Schema access_schema();

}  // namespace wattle::access
