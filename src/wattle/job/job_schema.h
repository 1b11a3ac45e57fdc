// The tables of the queue. See docs/reference/database.md.
//
// Units:    last word of each column. Errors: none. Threads: constants. Lifetime: constants.
#pragma once

#include <vector>

#include "wattle/store/migrations.h"

namespace wattle::job {

/// "job": jobs, attempts, transitions, dependencies, receipts.
store::Schema job_schema();

/// Of every module that the queue's database holds, in the order in which they are made.
std::vector<store::Schema> all_schemas();

}  // namespace wattle::job
