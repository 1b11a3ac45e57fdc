// `wattle ps` with conditions: asks the registry which runs they hold for, project by project, and
// the queue where these stand.
//
// Units:    none.
// Errors:   kInvalidArgument: a filter or order that cannot be read, a word that is no state, or an
//           order over several projects. kNotFound: no such experiment. Else as the database.
// Threads:  as the house. Lifetime: none.
// See:      docs/reference/registry.md
#pragma once

#include <vector>

#include "wattle/cli/registry_options.h"
#include "wattle/job/job_house.h"

namespace wattle::cli {

/// At most `limit` runs, in the order that is asked for.
Result<std::vector<job::JobRow>> search_runs(job::JobHouse& house, const PsOptions& options,
                                             std::size_t limit);

}  // namespace wattle::cli
