// The tables of artifacts, as migrations.
//
// Units:    in the names of columns. Errors: none. Threads: pure function. Lifetime: a value.
// See:      docs/reference/artifacts.md
#pragma once

#include "wattle/store/migrations.h"

namespace wattle::store {

Schema artifact_schema();

}  // namespace wattle::store
