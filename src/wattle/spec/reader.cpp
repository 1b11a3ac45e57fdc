#include "wattle/spec/reader.h"

#include <algorithm>

#include "wattle/base/text.h"

namespace wattle::spec {
namespace {

std::string list_of(const std::vector<std::string>& choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
  }
  return text;
}

std::string in_quotes(std::string_view text) {
  return concat("'", one_line(text), "'");
}

}  // namespace

Reader::Reader(const Document& document, const Environment& environment, Expressions expressions,
               Problems& problems)
    : document_(document),
      problems_(problems),
      expressions_(expressions),
      expander_(document, environment, problems) {}

void Reader::fail(const Position& at, std::string_view message) {
  problems_.add(document_, at, current_key(), message);
}

std::string Reader::current_key() const {
  return join(path_, ".");
}

void Reader::fail_kind(const Type& type, const Node& node) {
  if (node.kind == NodeKind::kNull) {
    fail(node.at, concat("has no value; write ", wanted_words(type), ", or remove the key"));
  } else if (node.kind == NodeKind::kScalar) {
    fail(node.at, concat(in_quotes(node.text), " where ", wanted_words(type), " is wanted"));
  } else {
    fail(node.at, concat(kind_words(node), " where ", wanted_words(type), " is wanted"));
  }
}

std::optional<Reader::Scalar> Reader::scalar(const Type& type, const Node& node) {
  if (node.kind != NodeKind::kScalar) {
    fail_kind(type, node);
    return std::nullopt;
  }
  const bool is_literal = type.is_literal || expressions_ == Expressions::kKeep;
  if (is_literal || node.text.find('$') == std::string::npos) {
    return Scalar{node.text, node.quoted};
  }
  auto text = expander_.expand(node, current_key());
  if (!text) {
    return std::nullopt;
  }
  // In a flow map an expression must stand in quotes, which then say nothing about its value.
  const bool is_one_expression = node.text.starts_with("${") && node.text.ends_with('}');
  return Scalar{*std::move(text), node.quoted && !is_one_expression};
}

bool Reader::check_text(const Type& type, const Node& node, std::string_view text) {
  if (text.empty() && !type.may_be_empty) {
    fail(node.at, concat("is empty; write ", wanted_words(type), ", or remove the key"));
    return false;
  }
  if (!type.choices.empty() && std::ranges::find(type.choices, text) == type.choices.end()) {
    const std::vector<std::string_view> choices(type.choices.begin(), type.choices.end());
    const auto near = type.kind == Kind::kString ? nearest(text, choices) : "";
    fail(node.at,
         concat(in_quotes(text), choices.size() == 1 ? " is not " : " is none of ",
                list_of(type.choices), near.empty() ? "" : concat("; did you mean '", near, "'?")));
    return false;
  }
  if (!type.rule.pattern.empty() && !follows(type.rule, text)) {
    fail(node.at, concat(in_quotes(text), " is not allowed: ", type.rule.meaning));
    return false;
  }
  return true;
}

bool Reader::check_range(const Type& type, const Node& node, double value) {
  if (type.minimum && value < *type.minimum) {
    fail(node.at, concat(in_quotes(node.text), " is too small; the least is ",
                         format_bound(type, *type.minimum)));
    return false;
  }
  if (type.maximum && value > *type.maximum) {
    fail(node.at, concat(in_quotes(node.text), " is too large; the most is ",
                         format_bound(type, *type.maximum)));
    return false;
  }
  return true;
}

std::optional<std::string> Reader::string(const Type& type, const Node& node) {
  auto value = scalar(type, node);
  if (!value || !check_text(type, node, value->text)) {
    return std::nullopt;
  }
  return std::move(value->text);
}

std::optional<bool> Reader::boolean(const Type& type, const Node& node) {
  const auto value = scalar(type, node);
  if (value && (value->is_text || scalar_kind(value->text) != ScalarKind::kBoolean)) {
    fail(node.at, concat(in_quotes(value->text), " is not a boolean; write true or false"));
    return std::nullopt;
  }
  return value ? std::optional(value->text == "true") : std::nullopt;
}

std::optional<std::int64_t> Reader::integer(const Type& type, const Node& node) {
  const auto value = scalar(type, node);
  if (!value) {
    return std::nullopt;
  }
  const auto number = parse_integer(value->text);
  if (value->is_text || scalar_kind(value->text) != ScalarKind::kInteger || !number.ok()) {
    fail(node.at, concat(in_quotes(value->text), " is not a whole number",
                         value->is_text ? "; take away the quotes" : ""));
    return std::nullopt;
  }
  if (!type.choices.empty() && !check_text(type, node, value->text)) {
    return std::nullopt;
  }
  return check_range(type, node, static_cast<double>(*number)) ? std::optional(*number)
                                                               : std::nullopt;
}

std::optional<double> Reader::number(const Type& type, const Node& node) {
  const auto value = scalar(type, node);
  if (!value) {
    return std::nullopt;
  }
  const auto number = parse_number(value->text);
  if (value->is_text || scalar_kind(value->text) < ScalarKind::kInteger || !number.ok()) {
    fail(node.at, concat(in_quotes(value->text), " is not a number",
                         value->is_text ? "; take away the quotes" : ""));
    return std::nullopt;
  }
  return check_range(type, node, *number) ? std::optional(*number) : std::nullopt;
}

std::optional<double> Reader::quantity(const Type& type, const Node& node) {
  const auto value = scalar(type, node);
  if (!value) {
    return std::nullopt;
  }
  const auto parsed = parse_quantity(type.dimension, value->text);
  if (!parsed.ok()) {
    fail(node.at, parsed.error());
    return std::nullopt;
  }
  return check_range(type, node, *parsed) ? std::optional(*parsed) : std::nullopt;
}

std::optional<Price> Reader::price(const Type& type, const Node& node) {
  const auto value = scalar(type, node);
  if (!value) {
    return std::nullopt;
  }
  auto parsed = parse_price(value->text);
  if (!parsed.ok()) {
    fail(node.at, parsed.error());
    return std::nullopt;
  }
  return check_range(type, node, parsed->per_kwh.value()) ? std::optional(*std::move(parsed))
                                                          : std::nullopt;
}

std::optional<Count> Reader::count(const Type& type, const Node& node) {
  const auto value = scalar(type, node);
  if (!value) {
    return std::nullopt;
  }
  const auto parsed = parse_count(value->text);
  if (!parsed.ok()) {
    fail(node.at, parsed.error());
    return std::nullopt;
  }
  return check_range(type, node, static_cast<double>(parsed->value)) ? std::optional(*parsed)
                                                                     : std::nullopt;
}

std::optional<UtcTime> Reader::timestamp(const Type& type, const Node& node) {
  const auto value = scalar(type, node);
  if (!value) {
    return std::nullopt;
  }
  const auto parsed = parse_timestamp(value->text);
  if (!parsed.ok()) {
    fail(node.at, parsed.error());
    return std::nullopt;
  }
  return *parsed;
}

std::optional<Parameter> Reader::parameter(const Type& type, const Node& node) {
  auto value = scalar(type, node);
  if (!value) {
    return std::nullopt;
  }
  const ScalarKind kind = value->is_text ? ScalarKind::kText : scalar_kind(value->text);
  return Parameter{kind, std::move(value->text)};
}

bool Reader::is_list(const Type& type, const Node& node) {
  if (node.kind != NodeKind::kSequence && node.kind != NodeKind::kNull) {
    fail_kind(type, node);
    return false;
  }
  if (node.items.size() < type.least_items) {
    fail(node.at,
         concat("needs at least ", type.least_items, type.least_items == 1 ? " item" : " items"));
    return false;
  }
  if (node.items.size() > type.most_items) {
    fail(node.at, concat("has ", node.items.size(), " items; the most is ", type.most_items));
    return false;
  }
  return true;
}

bool Reader::is_map(const Type& type, const Node& node) {
  if (node.kind != NodeKind::kMap && node.kind != NodeKind::kNull) {
    fail_kind(type, node);
    return false;
  }
  if (node.entries.size() > type.most_items) {
    fail(node.at, concat("has ", node.entries.size(), " keys; the most is ", type.most_items));
    return false;
  }
  bool good = true;
  for (const Entry& entry : node.entries) {
    if (!type.key_rule.pattern.empty() && !follows(type.key_rule, entry.key)) {
      fail(entry.at, concat(in_quotes(entry.key), " is no name: ", type.key_rule.meaning));
      good = false;
    }
  }
  return good;
}

bool Reader::is_section(const Node& node) {
  if (node.kind == NodeKind::kMap || node.kind == NodeKind::kNull) {
    return true;
  }
  Type section;
  section.kind = Kind::kSection;
  fail_kind(section, node);
  return false;
}

}  // namespace wattle::spec
