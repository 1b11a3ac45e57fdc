#include "wattle/registry/run_order.h"

#include <array>

#include "wattle/base/text.h"

namespace wattle::registry {
namespace {

using Part = OrderColumn::Part;
using ValueType = OrderPhase::ValueType;

Sql one_of(std::string_view column, const std::vector<std::string>& texts) {
  Sql sql{.text = concat(column, " IN ")};
  std::string_view separator = "(";
  for (const auto& text : texts) {
    (sql += separator).bind(text);
    separator = ", ";
  }
  return sql += ")";
}

/// The scope, written so that the planner of either database has one index to choose.
Sql walked_scope(const RunScope& scope) {
  Sql sql;
  if (const auto* experiment = scope.only_experiment()) {
    (sql += "r.experiment_id = ").bind(*experiment);
  } else {
    (sql += "r.project = ").bind(scope.project);
    if (!scope.experiments.empty()) {
      (sql += " AND ") += tested_on_the_way(one_of("r.experiment_id", scope.experiments));
    }
  }
  (sql += " AND r.lifecycle = ").bind(scope.lifecycle);
  if (scope.states.size() == 1) {
    (sql += " AND r.state = ").bind(scope.states.front());
  } else if (!scope.states.empty()) {
    (sql += " AND ") += tested_on_the_way(one_of("r.state", scope.states));
  }
  return sql;
}

OrderPhase by_creation(const RunScope& scope, Direction direction) {
  return {.tables = "runs r",
          .where = walked_scope(scope),
          .columns = {{"r.created_ns", Part::kCreated}, {"r.id", Part::kId}},
          .direction = direction,
          .is_by_creation = true};
}

/// Runs that have no value to be ordered by come last, the newest first.
OrderPhase without_value(const RunScope& scope, const Sql& condition) {
  OrderPhase phase = by_creation(scope, Direction::kDescending);
  (phase.where += " AND ") += condition;
  phase.is_by_creation = false;
  return phase;
}

Sql has_none(std::string_view table, const std::string& key) {
  Sql sql{.text =
              concat("COALESCE((SELECT 0 FROM ", table, " t WHERE t.run_id = r.id AND t.key = ")};
  sql.bind(key) += "), 1) <> 0";
  return sql;
}

/// Runs with the key, from an index of the table by value; `special` for metrics.
OrderPhase by_key(const OrderBy& order, const RunScope& scope, std::string_view table,
                  std::optional<std::int64_t> special) {
  OrderPhase phase{.tables = concat(table, " m CROSS JOIN runs r"),
                   .columns = {{special ? "m.value" : "m.value_head", Part::kValue},
                               {"m.created_ns", Part::kCreated},
                               {"m.run_id", Part::kId}},
                   .value_type = special ? ValueType::kReal : ValueType::kText,
                   .direction = order.direction};
  const auto* experiment = scope.only_experiment();
  if (special && experiment != nullptr) {
    (phase.where += "m.experiment_id = ").bind(*experiment);
  } else {
    (phase.where += "m.project = ").bind(scope.project);
  }
  (phase.where += " AND m.key = ").bind(order.field.key);
  if (special) {
    (phase.where += " AND m.special = ").bind(*special);
  }
  (phase.where += " AND r.id = m.run_id AND ") += scope_sql(scope);
  return phase;
}

std::vector<OrderPhase> metric_phases(const OrderBy& order, const RunScope& scope) {
  // Minus infinity, numbers, infinity, or the other way round; what is no number is behind both.
  constexpr std::array<std::int64_t, 4> kUpward{3, 0, 2, 1};
  constexpr std::array<std::int64_t, 4> kDownward{2, 0, 3, 1};
  std::vector<OrderPhase> phases;
  for (const auto special : order.direction == Direction::kAscending ? kUpward : kDownward) {
    phases.push_back(by_key(order, scope, "run_metrics", special));
  }
  phases.push_back(without_value(scope, has_none("run_metrics", order.field.key)));
  return phases;
}

Result<std::vector<OrderPhase>> attribute_phases(const OrderBy& order, const RunScope& scope) {
  const auto attribute = run_attribute(order.field.key);
  if (!attribute) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("order: a run has no attribute '", order.field.key, "'"));
  }
  if (attribute->column == "created_ns") {
    return std::vector{by_creation(scope, order.direction)};
  }
  const std::string column = concat("r.", attribute->column);
  OrderPhase phase{.tables = "runs r",
                   .where = walked_scope(scope),
                   .columns = {{column, Part::kValue}, {"r.id", Part::kId}},
                   .value_type = attribute->is_time ? ValueType::kInteger : ValueType::kText,
                   .direction = order.direction};
  phase.where += concat(" AND ", column, " IS NOT NULL");
  return std::vector{std::move(phase), without_value(scope, {.text = concat(column, " IS NULL")})};
}

}  // namespace

std::string OrderPhase::value_column() const {
  return value_type == ValueType::kNone ? std::string() : columns.front().sql;
}

std::string OrderPhase::order_sql() const {
  std::string sql;
  for (const auto& column : columns) {
    sql += concat(sql.empty() ? "ORDER BY " : ", ", column.sql,
                  direction == Direction::kDescending ? " DESC" : "");
  }
  return sql;
}

Sql OrderPhase::after_sql(const PageKey& key) const {
  Sql sql;
  if (key.id.empty()) {
    return sql;
  }
  std::string names;
  Sql values;
  for (const auto& column : columns) {
    names += concat(names.empty() ? "" : ", ", column.sql);
    values += values.text.empty() ? "" : ", ";
    values.bind(column.part == Part::kValue     ? key.value
                : column.part == Part::kCreated ? store::SqlValue(key.created_ns)
                                                : store::SqlValue(key.id));
  }
  sql += concat(" AND (", names, ") ", direction == Direction::kDescending ? "<" : ">", " (");
  sql += values;
  return sql += ")";
}

Sql scope_sql(const RunScope& scope) {
  Sql sql;
  (sql += "r.lifecycle = ").bind(scope.lifecycle) += " AND r.project = ";
  sql.bind(scope.project);
  if (!scope.experiments.empty()) {
    (sql += " AND ") += one_of("r.experiment_id", scope.experiments);
  }
  if (!scope.states.empty()) {
    (sql += " AND ") += one_of("r.state", scope.states);
  }
  return tested_on_the_way(sql);
}

Result<std::vector<OrderPhase>> order_phases(const OrderBy& order, const RunScope& scope) {
  switch (order.field.kind) {
    case FieldKind::kMetric:
      return metric_phases(order, scope);
    case FieldKind::kParam:
    case FieldKind::kTag: {
      const auto* const table = order.field.kind == FieldKind::kParam ? "run_params" : "run_tags";
      return std::vector{by_key(order, scope, table, std::nullopt),
                         without_value(scope, has_none(table, order.field.key))};
    }
    case FieldKind::kAttribute:
      break;
  }
  return attribute_phases(order, scope);
}

}  // namespace wattle::registry
