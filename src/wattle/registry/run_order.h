// The orders of a listing of runs, as stretches that an index can walk one after the other: runs
// with a number, runs whose number is NaN, runs that have none.
//
// Units:    none.
// Errors:   kInvalidArgument: an attribute that there is not.
// Threads:  pure functions. Lifetime: value types.
// See:      docs/reference/registry.md
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/filter.h"
#include "wattle/registry/filter_sql.h"
#include "wattle/registry/page_cursor.h"
#include "wattle/store/database.h"

namespace wattle::registry {

/// Which runs are listed at all.
struct RunScope {
  std::string project;
  std::vector<std::string> experiments;  // of this project
  std::vector<std::string> states;
  std::string lifecycle;
  const std::string* only_experiment() const {
    return experiments.size() == 1 ? &experiments.front() : nullptr;
  }
};

struct OrderColumn {
  enum class Part { kValue, kCreated, kId };
  std::string sql;
  Part part = Part::kId;
};

struct OrderPhase {
  enum class ValueType { kNone, kInteger, kReal, kText };
  std::string tables;  // "runs r", "run_metrics m CROSS JOIN runs r"
  Sql where;
  std::vector<OrderColumn> columns;  // what the order is by, most important first
  ValueType value_type = ValueType::kNone;
  Direction direction = Direction::kDescending;
  bool is_by_creation = false;

  std::string value_column() const;
  /// "ORDER BY ...".
  std::string order_sql() const;
  /// " AND (...) < (...)": behind the key; nothing for the beginning.
  Sql after_sql(const PageKey& key) const;
};

Result<std::vector<OrderPhase>> order_phases(const OrderBy& order, const RunScope& scope);

/// The scope as a condition on runs `r` that was found by other means.
Sql scope_sql(const RunScope& scope);

}  // namespace wattle::registry
