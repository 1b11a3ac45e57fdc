#include "wattle/registry/filter.h"

#include <array>
#include <optional>
#include <utility>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/filter_tokens.h"

namespace wattle::registry {
namespace {

using Kind = FilterToken::Kind;

constexpr std::array<std::pair<std::string_view, FieldKind>, 11> kPrefixes{{
    {"metrics", FieldKind::kMetric},
    {"metric", FieldKind::kMetric},
    {"params", FieldKind::kParam},
    {"param", FieldKind::kParam},
    {"parameters", FieldKind::kParam},
    {"parameter", FieldKind::kParam},
    {"tags", FieldKind::kTag},
    {"tag", FieldKind::kTag},
    {"attributes", FieldKind::kAttribute},
    {"attribute", FieldKind::kAttribute},
    {"attr", FieldKind::kAttribute},
}};

constexpr std::array<std::pair<std::string_view, Comparison>, 7> kSigns{{
    {"=", Comparison::kEqual},
    {"!=", Comparison::kNotEqual},
    {"<>", Comparison::kNotEqual},
    {"<", Comparison::kLess},
    {"<=", Comparison::kLessOrEqual},
    {">", Comparison::kGreater},
    {">=", Comparison::kGreaterOrEqual},
}};

std::optional<FieldKind> prefix_kind(std::string_view word) {
  // "run.state" is MLflow's way to say attributes.state.
  if (word == "run") {
    return FieldKind::kAttribute;
  }
  for (const auto& [prefix, kind] : kPrefixes) {
    if (prefix == word) {
      return kind;
    }
  }
  return std::nullopt;
}

std::string shown(const FilterToken& token) {
  return token.kind == Kind::kEnd ? std::string("the end") : concat("'", token.text, "'");
}

class Parser {
 public:
  explicit Parser(std::vector<FilterToken> tokens) : tokens_(std::move(tokens)) {}

  Result<Filter> filter() {
    if (token().kind == Kind::kEnd) {
      return Filter{};
    }
    WATTLE_ASSIGN_OR_RETURN(auto result, any_of(0));
    if (token().kind != Kind::kEnd) {
      return expected("AND, OR or the end");
    }
    return result;
  }

  Result<OrderBy> order() {
    OrderBy order;
    if (token().kind == Kind::kEnd) {
      return order;
    }
    WATTLE_ASSIGN_OR_RETURN(order.field, field());
    order.direction = Direction::kAscending;
    if (take_word("DESC")) {
      order.direction = Direction::kDescending;
    } else {
      (void)take_word("ASC");
    }
    return token().kind == Kind::kEnd ? Result<OrderBy>(order) : expected("ASC, DESC or the end");
  }

 private:
  const FilterToken& token() const { return tokens_[at_]; }
  const FilterToken& next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool take_word(std::string_view word) {
    const bool is_there = token().is_word(word);
    at_ += is_there ? 1U : 0U;
    return is_there;
  }
  bool take_sign(std::string_view sign) {
    const bool is_there = token().is_sign(sign);
    at_ += is_there ? 1U : 0U;
    return is_there;
  }
  Error expected(std::string_view what) const {
    return filter_error(token().position, concat("expected ", what, ", not ", shown(token())));
  }

  /// a OR b OR c: one node, so that a long chain is not deep.
  Result<Filter> any_of(std::size_t depth) {
    WATTLE_ASSIGN_OR_RETURN(auto first, all_of(depth));
    if (!token().is_word("OR")) {
      return first;
    }
    Filter result{.kind = Filter::Kind::kOr};
    result.children.push_back(std::move(first));
    while (take_word("OR")) {
      WATTLE_ASSIGN_OR_RETURN(auto more, all_of(depth));
      result.children.push_back(std::move(more));
    }
    return result;
  }

  Result<Filter> all_of(std::size_t depth) {
    WATTLE_ASSIGN_OR_RETURN(auto first, term(depth));
    Filter result{.kind = Filter::Kind::kAnd};
    result.children.push_back(std::move(first));
    while (take_word("AND")) {
      WATTLE_ASSIGN_OR_RETURN(auto more, term(depth));
      result.children.push_back(std::move(more));
    }
    return result.children.size() == 1 ? std::move(result.children.front()) : std::move(result);
  }

  Result<Filter> term(std::size_t depth) {
    if (depth == limits::kFilterDepth) {
      return filter_error(token().position, concat("parentheses and NOTs nest at most ",
                                                   limits::kFilterDepth, " deep"));
    }
    if (take_word("NOT")) {
      WATTLE_ASSIGN_OR_RETURN(auto inner, term(depth + 1));
      Filter result{.kind = Filter::Kind::kNot};
      result.children.push_back(std::move(inner));
      return result;
    }
    if (take_sign("(")) {
      WATTLE_ASSIGN_OR_RETURN(auto inner, any_of(depth + 1));
      return take_sign(")") ? Result<Filter>(std::move(inner)) : expected("')'");
    }
    return condition();
  }

  Result<Filter> condition() {
    if (++conditions_ > limits::kFilterConditions) {
      return filter_error(token().position, concat("a filter has at most ",
                                                   limits::kFilterConditions, " conditions"));
    }
    Filter result{.kind = Filter::Kind::kCondition};
    result.condition.position = token().position;
    WATTLE_ASSIGN_OR_RETURN(result.condition.field, field());
    WATTLE_ASSIGN_OR_RETURN(result.condition.comparison, comparison());
    WATTLE_RETURN_IF_ERROR(value(result.condition));
    return result;
  }

  Result<Field> field() {
    const FilterToken first = next();
    if (first.kind == Kind::kBackticked || (first.kind == Kind::kQuoted && first.quote == '"')) {
      return Field{FieldKind::kAttribute, first.text};
    }
    if (first.kind != Kind::kWord) {
      return filter_error(first.position,
                          concat("expected a field such as metrics.loss, not ", shown(first)));
    }
    const auto dot = first.text.find('.');
    if (dot == std::string::npos) {
      return Field{FieldKind::kAttribute, first.text};
    }
    const auto kind = prefix_kind(to_lower(first.text.substr(0, dot)));
    if (!kind) {
      return filter_error(first.position,
                          concat("'", first.text.substr(0, dot),
                                 "' is none of metrics, params, tags and attributes"));
    }
    std::string key = first.text.substr(dot + 1);
    const bool is_quoted = token().kind == Kind::kBackticked || token().quote == '"';
    if (key.empty() && is_quoted && token().position == first.position + first.text.size()) {
      key = next().text;
    }
    return key.empty()
               ? Result<Field>(filter_error(first.position, "the name after '.' is missing"))
               : Field{*kind, std::move(key)};
  }

  Result<Comparison> comparison() {
    for (const auto& [sign, comparison] : kSigns) {
      if (take_sign(sign)) {
        return comparison;
      }
    }
    if (take_word("LIKE")) {
      return Comparison::kLike;
    }
    if (take_word("ILIKE")) {
      return Comparison::kIlike;
    }
    if (take_word("IN")) {
      return Comparison::kIn;
    }
    if (take_word("NOT")) {
      return take_word("IN") ? Result<Comparison>(Comparison::kNotIn) : expected("IN after NOT");
    }
    return expected("one of = != < <= > >= LIKE ILIKE IN, NOT IN");
  }

  Status value(Condition& condition) {
    if (condition.comparison == Comparison::kIn || condition.comparison == Comparison::kNotIn) {
      return list(condition);
    }
    const bool is_pattern =
        condition.comparison == Comparison::kLike || condition.comparison == Comparison::kIlike;
    const FilterToken found = token();
    if (found.kind == Kind::kNumber && !is_pattern) {
      WATTLE_ASSIGN_OR_RETURN(condition.value, number());
      return {};
    }
    if (found.kind != Kind::kQuoted) {
      return expected(is_pattern ? "a pattern in quotes" : "a number, or a text in quotes");
    }
    condition.value = next().text;
    return is_pattern ? check_pattern(found.position, found.text) : Status();
  }

  Result<double> number() {
    const FilterToken found = next();
    const auto digits = found.text.starts_with('+') ? found.text.substr(1) : found.text;
    auto number = parse_number(digits);
    return number.ok() ? number
                       : Result<double>(filter_error(found.position,
                                                     concat("'", found.text, "' is no number")));
  }

  static Status check_pattern(std::size_t position, std::string_view pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '\\') {
        continue;
      }
      ++i;
      if (i == pattern.size() ||
          std::string_view("%_\\").find(pattern[i]) == std::string_view::npos) {
        return filter_error(position, "a '\\' in a pattern stands before '%', '_' or '\\'");
      }
    }
    return {};
  }

  Status list(Condition& condition) {
    std::vector<std::string> texts;
    if (!take_sign("(")) {
      return expected("'(' and a list of texts");
    }
    do {
      if (token().kind != Kind::kQuoted) {
        return expected("a text in quotes");
      }
      if (texts.size() == limits::kFilterConditions) {
        return filter_error(token().position,
                            concat("a list has at most ", limits::kFilterConditions, " texts"));
      }
      texts.push_back(next().text);
    } while (take_sign(","));
    condition.value = std::move(texts);
    return take_sign(")") ? Status() : Status(expected("',' or ')'"));
  }

  std::vector<FilterToken> tokens_;
  std::size_t at_ = 0;
  std::size_t conditions_ = 0;
};

}  // namespace

Error filter_error(std::size_t position, std::string_view what) {
  return {ErrorCode::kInvalidArgument, concat("filter, column ", position, ": ", what)};
}

Result<Filter> parse_filter(std::string_view text) {
  WATTLE_ASSIGN_OR_RETURN(auto tokens, split_filter(text));
  return Parser(std::move(tokens)).filter();
}

Result<OrderBy> parse_order(std::string_view text) {
  auto tokens = split_filter(text);
  if (!tokens) {
    return tokens.error().with_context("order");
  }
  return Parser(std::move(tokens).value()).order().with_context("order");
}

}  // namespace wattle::registry
