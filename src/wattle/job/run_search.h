// Which runs meet a condition: the registry tells which, the queue where these stand. A page at a
// time, the newest first, or, within one project, in an order of the caller's.
//
// Units:    none.
// Errors:   kInvalidArgument: a filter, order or cursor that cannot be read, a word that is no
//           state, or an order over several projects. kNotFound: no such experiment. Else as the
//           database.
// Threads:  as the database. Lifetime: value types; borrows the JobStore.
// See:      docs/reference/registry.md
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wattle/job/job_store.h"

namespace wattle::job {

struct RunQuery {
  std::optional<std::string> project;     // nullopt: all of them
  std::optional<std::string> experiment;  // its name
  std::vector<std::string> states;        // none: all
  std::string filter;                     // registry/filter.h
  std::string order;                      // "": the newest first
  std::string cursor;                     // of the page before; "": the first page
  std::size_t limit = 50;

  /// Does it choose among the runs, or list them?
  bool is_search() const {
    return experiment || !states.empty() || !filter.empty() || !order.empty();
  }
};

struct JobPage {
  std::vector<JobRow> rows;
  std::string next_cursor;  // "" when this is the last page
};

Result<JobPage> find_runs(JobStore& jobs, const RunQuery& query);

}  // namespace wattle::job
