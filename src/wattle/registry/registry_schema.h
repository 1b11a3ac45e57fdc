// The tables of the registry, as migrations.
//
// Units:    in the names of columns. Errors: none. Threads: pure function. Lifetime: a value.
// See:      docs/reference/registry.md
#pragma once

#include "wattle/store/migrations.h"

namespace wattle::registry {

store::Schema registry_schema();

}  // namespace wattle::registry
