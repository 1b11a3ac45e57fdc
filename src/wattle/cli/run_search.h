// `wattle ps` as pages of runs, put together.
//
// Units:    none. Errors: as job/run_search.h. Threads: as the JobStore. Lifetime: none.
#pragma once

#include <vector>

#include "wattle/cli/registry_options.h"
#include "wattle/job/job_store.h"

namespace wattle::cli {

/// At most `limit` runs, in the order that is asked for.
Result<std::vector<job::JobRow>> search_runs(job::JobStore& jobs, const PsOptions& options,
                                             std::size_t limit);

}  // namespace wattle::cli
