// Settles an attempt whose supervisor is gone and left no exit record.
//
// Units:    as executor.h. Errors: kIo as FileSystem. What cannot be ended is told in the record's
// reason. Threads:  any number of observers, in any number of processes: one settles, the others
// wait for it and read the same. Lifetime: a pure function of its arguments and of the host.
#pragma once

#include <string>

#include "wattle/base/file.h"
#include "wattle/base/time.h"
#include "wattle/executor/executor.h"

namespace wattle::executor {

/// Ends what is left of the job's processes and writes exit.json with outcome "lost". Doing it
/// again returns the record that is there. It waits for whoever holds the attempt's lock: ask only
/// when the supervisor is gone.
/// kLeave: of a copy of the attempt, whose processes are those of the original.
enum class Processes { kEnd, kLeave };
Result<ExitRecord> settle_lost(FileSystem& files, const Clock& clock, const std::string& folder,
                               Processes processes = Processes::kEnd);

}  // namespace wattle::executor
