// The tables of this module itself: events, timers, leases, positions in segments, counters.
//
// Units:    instants in nanoseconds (UTC), positions in bytes.
// Errors:   none. Threads: pure. Lifetime: values.
// See:      docs/reference/database.md
#pragma once

#include "wattle/store/migrations.h"

namespace wattle::store {

/// Goes first in migrate(): other modules rely on it.
Schema store_schema();

}  // namespace wattle::store
