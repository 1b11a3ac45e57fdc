#include "wattle/cli/run_search.h"

#include <algorithm>

#include "wattle/base/limits.h"
#include "wattle/job/run_search.h"

namespace wattle::cli {

Result<std::vector<job::JobRow>> search_runs(job::JobStore& jobs, const PsOptions& options,
                                             std::size_t limit) {
  job::RunQuery query{.project = options.project,
                      .experiment = options.experiment,
                      .states = options.states,
                      .filter = options.filter,
                      .order = options.order};
  std::vector<job::JobRow> found;
  do {
    query.limit = std::min(limit - found.size(), limits::kListLimit);
    WATTLE_ASSIGN_OR_RETURN(auto page, job::find_runs(jobs, query));
    std::ranges::move(page.rows, std::back_inserter(found));
    query.cursor = std::move(page.next_cursor);
  } while (!query.cursor.empty() && found.size() < limit);
  return found;
}

}  // namespace wattle::cli
