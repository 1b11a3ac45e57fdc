#include "wattle/registry/filter_sql.h"

#include <array>
#include <cmath>
#include <limits>

#include "wattle/base/text.h"
#include "wattle/registry/names.h"
#include "wattle/store/special_value.h"

namespace wattle::registry {
namespace {

struct AttributeName {
  std::string_view name;
  Attribute attribute;
};
// Ours first, then the names that MLflow's filters use for the same.
constexpr std::array<AttributeName, 17> kAttributes{{
    {"id", {"id"}},
    {"name", {"name"}},
    {"kind", {"kind"}},
    {"state", {"state"}},
    {"actor", {"actor"}},
    {"source", {"source"}},
    {"experiment", {"experiment_id"}},
    {"parent", {"parent_id"}},
    {"created", {"created_ns", true}},
    {"started", {"started_ns", true}},
    {"ended", {"ended_ns", true}},
    {"run_id", {"id"}},
    {"run_name", {"name"}},
    {"status", {"state"}},
    {"user_id", {"actor"}},
    {"start_time", {"started_ns", true}},
    {"end_time", {"ended_ns", true}},
}};

constexpr double kNanosecondsPerMillisecond = 1e6;

std::string_view sign_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kNotEqual:
      return "<>";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessOrEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterOrEqual:
      return ">=";
    default:
      return "=";
  }
}

bool is_upward(Comparison comparison) {
  return comparison == Comparison::kGreater || comparison == Comparison::kGreaterOrEqual;
}
bool is_downward(Comparison comparison) {
  return comparison == Comparison::kLess || comparison == Comparison::kLessOrEqual;
}

Error no_comparison(const Condition& condition, std::string_view what) {
  return filter_error(condition.position, what);
}

std::int64_t nanoseconds_of(double milliseconds) {
  constexpr double kMost = 9.2e18;
  const double nanoseconds = milliseconds * kNanosecondsPerMillisecond;
  return static_cast<std::int64_t>(std::fmax(-kMost, std::fmin(kMost, nanoseconds)));
}

Sql list_sql(std::string_view column, const Condition& condition) {
  Sql sql{.text = std::string(column)};
  sql += condition.comparison == Comparison::kIn ? " IN (" : " NOT IN (";
  std::string_view separator;
  for (const auto& text : std::get<std::vector<std::string>>(condition.value)) {
    sql += separator;
    sql.bind(text);
    separator = ", ";
  }
  sql += ")";
  return sql;
}

/// A comparison of a column of texts.
Result<Sql> text_sql(std::string_view column, const Condition& condition) {
  if (std::holds_alternative<std::vector<std::string>>(condition.value)) {
    return list_sql(column, condition);
  }
  const auto* text = std::get_if<std::string>(&condition.value);
  if (text == nullptr) {
    return no_comparison(condition, "it is a text: compare it with one in quotes");
  }
  Sql sql;
  switch (condition.comparison) {
    case Comparison::kLike:
      (sql += concat(column, " LIKE ")).bind(*text) += " ESCAPE '\\'";
      return sql;
    case Comparison::kIlike:
      (sql += concat("LOWER(", column, ") LIKE LOWER(")).bind(*text) += ") ESCAPE '\\'";
      return sql;
    case Comparison::kEqual:
    case Comparison::kNotEqual:
      (sql += concat(column, " ", sign_of(condition.comparison), " ")).bind(*text);
      return sql;
    default:
      return no_comparison(condition, "a text is compared with = != LIKE ILIKE IN or NOT IN");
  }
}

Result<Sql> attribute_sql(const Condition& condition) {
  const auto attribute = run_attribute(condition.field.key);
  if (!attribute) {
    std::vector<std::string_view> names;
    for (const auto& row : kAttributes) {
      names.push_back(row.name);
    }
    const auto near = nearest(condition.field.key, names);
    return no_comparison(condition,
                         concat("a run has no attribute '", condition.field.key, "'",
                                near.empty() ? std::string() : concat("; did you mean ", near, "?"),
                                "; params, tags and metrics are written params.NAME, ..."));
  }
  const std::string column = concat("r.", attribute->column);
  // What is not set meets no comparison, and so its NOT: never unknown.
  Sql sql{.text = concat("(", column, " IS NOT NULL AND ")};
  if (!attribute->is_time) {
    WATTLE_ASSIGN_OR_RETURN(const Sql test, text_sql(column, condition));
    return (sql += test) += ")";
  }
  const auto* number = std::get_if<double>(&condition.value);
  if (number == nullptr) {
    return no_comparison(condition,
                         "it is an instant: compare it with a number of milliseconds since 1970");
  }
  (sql += concat(column, " ", sign_of(condition.comparison), " ")).bind(nanoseconds_of(*number));
  return sql += ")";
}

/// A lookup by primary key for each run that is looked at. Written as a value and not as EXISTS, so
/// that PostgreSQL does not make a join of it and read the whole table first.
Sql lookup_sql(std::string_view table, const Condition& condition, const Sql& test) {
  Sql sql{.text =
              concat("COALESCE((SELECT 1 FROM ", table, " t WHERE t.run_id = r.id AND t.key = ")};
  sql.bind(condition.field.key) += " AND ";
  sql += test;
  sql += "), 0) = 1";
  return sql;
}

Result<Sql> condition_sql(const Condition& condition) {
  switch (condition.field.kind) {
    case FieldKind::kMetric:
      if (!std::holds_alternative<double>(condition.value)) {
        return no_comparison(condition, "a metric is compared with a number");
      }
      return lookup_sql("run_metrics", condition, metric_sql(condition));
    case FieldKind::kParam:
    case FieldKind::kTag: {
      WATTLE_ASSIGN_OR_RETURN(const Sql test, text_sql("t.value", condition));
      return lookup_sql(condition.field.kind == FieldKind::kParam ? "run_params" : "run_tags",
                        condition, test);
    }
    case FieldKind::kAttribute:
      break;
  }
  return attribute_sql(condition);
}

}  // namespace

std::optional<Attribute> run_attribute(std::string_view name) {
  for (const auto& row : kAttributes) {
    if (row.name == name) {
      return row.attribute;
    }
  }
  return std::nullopt;
}

Sql metric_sql(const Condition& condition) {
  Sql sql{.text = concat("(t.special = 0 AND t.value ", sign_of(condition.comparison), " ")};
  sql.bind(std::get<double>(condition.value)) += ")";
  // An infinity is beyond every bound; what is no number is different from every number.
  std::string_view specials;
  if (is_upward(condition.comparison)) {
    specials = "t.special = 2";
  } else if (is_downward(condition.comparison)) {
    specials = "t.special = 3";
  } else if (condition.comparison == Comparison::kNotEqual) {
    specials = "t.special > 0";
  } else {
    return sql;
  }
  sql.text = concat("(", sql.text, " OR ", specials, ")");
  return sql;
}

Sql tested_on_the_way(const Sql& condition) {
  Sql sql{.text = "(CASE WHEN "};
  sql += condition;
  return sql += " THEN 1 ELSE 0 END) <> 0";
}

Result<Sql> filter_sql(const Filter& filter) {
  if (filter.kind == Filter::Kind::kCondition) {
    return condition_sql(filter.condition);
  }
  if (filter.children.empty()) {
    return Sql{.text = "1 = 1"};
  }
  Sql sql{.text = filter.kind == Filter::Kind::kNot ? "NOT (" : "("};
  std::string_view separator;
  for (const auto& child : filter.children) {
    WATTLE_ASSIGN_OR_RETURN(const Sql part, filter_sql(child));
    (sql += separator) += part;
    separator = filter.kind == Filter::Kind::kOr ? " OR " : " AND ";
  }
  return sql += ")";
}

std::vector<Condition> required_conditions(const Filter& filter) {
  std::vector<Condition> required;
  if (filter.kind == Filter::Kind::kCondition) {
    required.push_back(filter.condition);
  } else if (filter.kind == Filter::Kind::kAnd) {
    for (const auto& child : filter.children) {
      const auto more = required_conditions(child);
      required.insert(required.end(), more.begin(), more.end());
    }
  }
  return required;
}

}  // namespace wattle::registry
