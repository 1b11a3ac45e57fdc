// A home that was made out of a backup: its attempts are copies, and the processes that they name
// are those of the original, which may live on this very host.
//
// Units:    none. Errors: as the file system.
// Threads:  one thread, before anybody else uses the home. Lifetime: none.
// See:      docs/reference/database.md
#pragma once

#include <cstdint>

#include "wattle/base/file.h"
#include "wattle/base/time.h"
#include "wattle/store/home.h"

namespace wattle::job {

/// Gives every attempt that had not ended an end, as of its last sample, and touches none of its
/// processes. How many there were.
Result<std::int64_t> end_copied_attempts(FileSystem& files, const Clock& clock,
                                         const store::Home& home);

}  // namespace wattle::job
