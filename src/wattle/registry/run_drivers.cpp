#include "wattle/registry/run_drivers.h"

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/names.h"

namespace wattle::registry {
namespace {

/// One stretch of an index by value: ordinary numbers beyond a bound, or one kind of infinity.
Sql metric_stretch(const Condition& condition, const Sql& scope, const Sql& test) {
  Sql sql{.text = "FROM run_metrics m WHERE "};
  sql += scope;
  (sql += " AND m.key = ").bind(condition.field.key) += " AND ";
  return sql += test;
}

void add_stretch(RunDriver& driver, Sql stretch) {
  // The creation is given as a sum, which no index is in the order of: the few runs are found by
  // their value and then sorted, instead of walking all that have the metric.
  driver.from += driver.stretches.empty() ? "FROM (" : " UNION ALL ";
  driver.from += "SELECT m.run_id AS run_id, (m.created_ns + 0) AS created_ns ";
  driver.from += stretch;
  driver.stretches.push_back(std::move(stretch += " ORDER BY m.value"));
}

std::optional<RunDriver> metric_driver(const Condition& condition, const std::string& project,
                                       const std::optional<std::string>& experiment) {
  const auto* bound = std::get_if<double>(&condition.value);
  if (bound == nullptr || condition.comparison == Comparison::kNotEqual) {
    return std::nullopt;
  }
  Sql scope;
  if (experiment) {
    (scope += "m.experiment_id = ").bind(*experiment);
  } else {
    (scope += "m.project = ").bind(project);
  }
  Sql test;
  std::string_view infinities;
  switch (condition.comparison) {
    case Comparison::kGreater:
    case Comparison::kGreaterOrEqual:
      test.text = condition.comparison == Comparison::kGreater ? "m.special = 0 AND m.value > "
                                                               : "m.special = 0 AND m.value >= ";
      infinities = "m.special = 2";
      break;
    case Comparison::kLess:
    case Comparison::kLessOrEqual:
      test.text = condition.comparison == Comparison::kLess ? "m.special = 0 AND m.value < "
                                                            : "m.special = 0 AND m.value <= ";
      infinities = "m.special = 3";
      break;
    default:
      test.text = "m.special = 0 AND m.value = ";
      break;
  }
  test.bind(*bound);
  RunDriver driver;
  add_stretch(driver, metric_stretch(condition, scope, test));
  if (!infinities.empty()) {
    add_stretch(driver, metric_stretch(condition, scope, {.text = std::string(infinities)}));
  }
  driver.from += ") t WHERE 1 = 1";
  (driver.by_creation += "FROM run_metrics t WHERE t.project = ").bind(project) += " AND t.key = ";
  driver.by_creation.bind(condition.field.key) += " AND ";
  driver.by_creation += tested_on_the_way(metric_sql(condition));
  return driver;
}

std::optional<RunDriver> text_driver(const Condition& condition, const std::string& project) {
  const auto* text = std::get_if<std::string>(&condition.value);
  if (text == nullptr || condition.comparison != Comparison::kEqual) {
    return std::nullopt;
  }
  const bool is_param = condition.field.kind == FieldKind::kParam;
  RunDriver driver;
  driver.from.text = concat("FROM ", is_param ? "run_params" : "run_tags", " t WHERE t.project = ");
  driver.from.bind(project) += " AND t.key = ";
  driver.from.bind(condition.field.key) += " AND t.value_head = ";
  driver.from.bind(value_head(*text));
  if (text->size() > limits::kIndexedValueBytes) {
    (driver.from += " AND t.value = ").bind(*text);
  }
  driver.by_creation = driver.from;  // of one value, the index is in the order of creation
  driver.stretches.push_back(driver.from);
  driver.stretches.back() += " ORDER BY t.created_ns, t.run_id";
  return driver;
}

std::optional<RunDriver> attribute_driver(const Condition& condition, const std::string& project) {
  const auto attribute = run_attribute(condition.field.key);
  if (!attribute || (attribute->column != "id" && attribute->column != "name" &&
                     attribute->column != "parent_id")) {
    return std::nullopt;
  }
  RunDriver driver;
  driver.from.text =
      "FROM (SELECT r.id AS run_id, r.created_ns AS created_ns FROM runs r WHERE r.project = ";
  driver.from.bind(project) += concat(" AND r.", attribute->column);
  if (const auto* list = std::get_if<std::vector<std::string>>(&condition.value);
      list != nullptr && condition.comparison == Comparison::kIn) {
    std::string_view separator = " IN (";
    for (const auto& text : *list) {
      (driver.from += separator).bind(text);
      separator = ", ";
    }
    driver.from += ")";
  } else if (const auto* text = std::get_if<std::string>(&condition.value);
             text != nullptr && condition.comparison == Comparison::kEqual) {
    (driver.from += " = ").bind(*text);
  } else {
    return std::nullopt;
  }
  driver.from += ") t WHERE 1 = 1";
  driver.by_creation = driver.from;
  driver.stretches.push_back(driver.from);
  return driver;
}

}  // namespace

std::optional<RunDriver> run_driver(const Condition& condition, const std::string& project,
                                    const std::optional<std::string>& experiment) {
  switch (condition.field.kind) {
    case FieldKind::kMetric:
      return metric_driver(condition, project, experiment);
    case FieldKind::kParam:
    case FieldKind::kTag:
      return text_driver(condition, project);
    case FieldKind::kAttribute:
      break;
  }
  return attribute_driver(condition, project);
}

}  // namespace wattle::registry
