// A filter of runs as a condition of SQL. Every text and number of the filter goes into parameters;
// only words of ours go into the statement.
//
// Units:    instants in milliseconds since 1970 where a filter compares them, as MLflow has them.
// Errors:   kInvalidArgument with the position: an attribute that there is not, or a comparison
//           that its type does not have.
// Threads:  pure functions. Lifetime: value types.
// See:      docs/reference/registry.md
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/filter.h"
#include "wattle/store/database.h"

namespace wattle::registry {

/// A piece of a statement with its parameters, in the order of their question marks.
struct Sql {
  std::string text;
  store::SqlValues parameters;

  Sql& operator+=(std::string_view more) {
    text += more;
    return *this;
  }
  Sql& operator+=(const Sql& more) {
    text += more.text;
    parameters.insert(parameters.end(), more.parameters.begin(), more.parameters.end());
    return *this;
  }
  /// Adds "?" and its value.
  Sql& bind(store::SqlValue value) {
    text += '?';
    parameters.push_back(std::move(value));
    return *this;
  }
};

/// The condition on a table runs with the alias `r`; "1 = 1" for a filter that holds for
/// everything.
Result<Sql> filter_sql(const Filter& filter);

/// Conditions that each must hold: the top of a filter, as far as it is a chain of ANDs.
std::vector<Condition> required_conditions(const Filter& filter);

/// What the columns special and value of a row `t` of a metric must be.
Sql metric_sql(const Condition& condition);

/// The same condition, as one that no index serves and that a planner believes to hold for almost
/// every row. What is wrapped so is tested on the way along the index that we mean; PostgreSQL
/// otherwise takes an unknown condition for a rare one, and reads and sorts the whole table.
Sql tested_on_the_way(const Sql& condition);

/// "created" and "created_at" to "created_ns"; nothing for what is no attribute of runs.
struct Attribute {
  std::string_view column;
  bool is_time = false;
};
std::optional<Attribute> run_attribute(std::string_view name);

}  // namespace wattle::registry
