// Listings of runs: filtered, ordered, a page at a time, in time that depends on the page and not
// on the number of runs, wherever an index can do it.
//
// A page begins behind the last run of the page before (its order value, creation and id), so that
// runs that come meanwhile move nothing.
//
// Units:    none.
// Errors:   kInvalidArgument: a filter, order or cursor that cannot be read, with the position, or
//           a limit that is none. Else as the database.
// Threads:  as the Session. Lifetime: borrows the Session.
// See:      docs/reference/registry.md
#pragma once

#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/page_cursor.h"
#include "wattle/registry/run_drivers.h"
#include "wattle/registry/run_order.h"
#include "wattle/registry/runs.h"
#include "wattle/store/database.h"

namespace wattle::registry {

struct ListQuery {
  std::string project;
  std::vector<std::string> experiments;  // ids; none: all of the project
  std::vector<std::string> states;       // none: all
  Lifecycle lifecycle = Lifecycle::kActive;
  std::string filter;    // filter.h
  std::string order_by;  // "metrics.accuracy DESC"; "": the newest first
  std::string cursor;    // RunPage::next_cursor of the page before; "": the first page
  std::size_t limit = 50;
};

struct RunPage {
  std::vector<Run> runs;
  std::string next_cursor;  // "" when this is the last page
};

class RunList {
 public:
  explicit RunList(store::Session& session) : session_(session) {}
  Result<RunPage> list(const ListQuery& query);

 private:
  struct Plan {
    RunScope scope;
    Sql filter;
    std::vector<RunDriver> drivers;  // the one that leaves the fewest runs first
    std::size_t wanted = 0;          // rows: one more than the page, to know whether there is more
  };
  struct Row {
    Run run;
    PageKey key;
  };
  using Rows = std::vector<Row>;

  Status narrow(RunScope& scope, const Filter& filter);
  Status count_drivers(Plan& plan, const Filter& filter);
  Status fill(const Plan& plan, const OrderPhase& phase, const PageKey& after, Rows& rows);
  Status walk(const Plan& plan, const OrderPhase& phase, const PageKey& after, Rows& rows);
  Status walk_states(const Plan& plan, const PageKey& after, Direction direction, Rows& rows);
  Status follow(const Plan& plan, const Sql& driver, PageKey after, Direction direction,
                Rows& rows);
  Result<std::vector<PageKey>> next_candidates(const Sql& driver, const PageKey& after,
                                               Direction direction, std::size_t count);
  Status take_matching(const Plan& plan, const std::vector<PageKey>& candidates, Rows& rows);

  store::Session& session_;
};

}  // namespace wattle::registry
