// The language of filters: conditions on what a run, an experiment or a model is.
//
//     metrics.accuracy > 0.9 AND params.lr = '0.1' AND NOT (state = 'failed' OR tags.team IN ('a'))
//
// Here it is read into a tree; what the names mean, and what SQL comes of it, is its user's part
// (filter_sql.h). MLflow's search grammar is a subset.
//
// Units:    none.
// Errors:   kInvalidArgument with the position, counted in bytes from 1, and what was expected.
// Threads:  pure functions, value types. Lifetime: value types.
// See:      docs/reference/registry.md
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::registry {

enum class FieldKind { kMetric, kParam, kTag, kAttribute };

/// `metrics.accuracy`; a name without a prefix is an attribute.
struct Field {
  FieldKind kind = FieldKind::kAttribute;
  std::string key;
  friend bool operator==(const Field&, const Field&) = default;
};

enum class Comparison {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kLike,   // '%': any text, '_': one character, '\' before one of them: itself
  kIlike,  // the same whatever the case of ASCII letters
  kIn,
  kNotIn,
};

struct Condition {
  Field field;
  Comparison comparison = Comparison::kEqual;
  /// A number or a text; for kIn and kNotIn a list of texts.
  std::variant<double, std::string, std::vector<std::string>> value;
  std::size_t position = 0;  // of the field in the text, from 1
};

struct Filter {
  enum class Kind { kAnd, kOr, kNot, kCondition };
  Kind kind = Kind::kAnd;        // an empty kAnd holds for everything
  std::vector<Filter> children;  // of kNot: one
  Condition condition;           // of kCondition
};

/// An empty text holds for everything.
Result<Filter> parse_filter(std::string_view text);

/// "metrics.accuracy DESC", "created": for listings.
enum class Direction { kAscending, kDescending };
struct OrderBy {
  Field field{FieldKind::kAttribute, "created"};
  Direction direction = Direction::kDescending;
};
/// An empty text is the default: the newest first. Without a direction: ascending.
Result<OrderBy> parse_order(std::string_view text);

/// "column 5 of the filter: ...", for those who give a field its meaning.
Error filter_error(std::size_t position, std::string_view what);

}  // namespace wattle::registry
