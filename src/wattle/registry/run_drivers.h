// Which index leads to the runs of a filter: a condition that must hold and that an index serves.
//
// Units:    none. Errors: none: a condition that no index serves gives nothing.
// Threads:  pure functions. Lifetime: value types.
// See:      docs/reference/registry.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wattle/registry/filter.h"
#include "wattle/registry/filter_sql.h"

namespace wattle::registry {

struct RunDriver {
  /// "FROM ... t WHERE ...", with t.run_id and t.created_ns, led by what is compared.
  Sql from;
  /// The same, led by the creation of the runs: for conditions that leave many.
  Sql by_creation;
  /// "FROM ... WHERE ... ORDER BY ...": stretches of the index, whose rows together are those runs.
  std::vector<Sql> stretches;
  std::int64_t count = 0;  // of runs that it leaves, up to a bound
};

/// `experiment`: all runs are looked for in this one.
std::optional<RunDriver> run_driver(const Condition& condition, const std::string& project,
                                    const std::optional<std::string>& experiment);

}  // namespace wattle::registry
