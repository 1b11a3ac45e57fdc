#include <span>

#include "wattle/base/text.h"
#include "wattle/spec/spec_schema.h"

namespace wattle::spec {
namespace {

Node schema_of(const Type& type);

Node strings(std::span<const std::string> texts) {
  Node list = Node::sequence();
  for (const std::string& text : texts) {
    list.items.push_back(Node::string(text));
  }
  return list;
}

Node types(std::initializer_list<const char*> names) {
  Node list = Node::sequence();
  for (const char* name : names) {
    list.items.push_back(Node::string(name));
  }
  return list;
}

/// The schema, or a text with an expression, which stands for any value.
Node or_expression(Node schema) {
  Node expression = Node::map();
  expression.add("type", Node::string("string"));
  expression.add("pattern", Node::string("\\$\\{"));
  Node either = Node::map();
  Node& any = either.add("anyOf", Node::sequence());
  any.items.push_back(std::move(schema));
  any.items.push_back(std::move(expression));
  return either;
}

Node string_schema(const Type& type) {
  Node schema = Node::map();
  schema.add("type", type.rule.pattern.empty() && type.choices.empty()
                         ? types({"string", "number", "boolean"})
                         : Node::string("string"));
  if (!type.choices.empty()) {
    schema.add("enum", strings(type.choices));
  }
  if (!type.rule.pattern.empty()) {
    schema.add("pattern", Node::string("^(?:" + type.rule.pattern + ")$"));
  }
  if (!type.may_be_empty) {
    schema.add("minLength", Node::plain("1"));
  }
  const bool is_restricted = !type.rule.pattern.empty() || !type.choices.empty();
  return is_restricted && !type.is_literal ? or_expression(std::move(schema)) : schema;
}

Node number_schema(const Type& type, const char* name) {
  Node schema = Node::map();
  schema.add("type", Node::string(name));
  if (!type.choices.empty()) {
    Node& choices = schema.add("enum", Node::sequence());
    for (const std::string& choice : type.choices) {
      choices.items.push_back(Node::plain(choice));
    }
  }
  if (type.minimum) {
    schema.add("minimum", Node::plain(format_number(*type.minimum)));
  }
  if (type.maximum) {
    schema.add("maximum", Node::plain(format_number(*type.maximum)));
  }
  return or_expression(std::move(schema));
}

/// Units as a regular expression: "(?:s|m|h)".
std::string unit_pattern(Dimension dimension) {
  std::string pattern;
  for (const std::string_view symbol : unit_symbols(dimension)) {
    pattern += (pattern.empty() ? "" : "|") + std::string(symbol);
  }
  return "(?:" + pattern + ")";
}

Node text_schema(const std::string& pattern) {
  Node schema = Node::map();
  schema.add("type", Node::string("string"));
  schema.add("pattern", Node::string("^(?:" + pattern + ")$|\\$\\{"));
  return schema;
}

Node quantity_schema(const Type& type) {
  const std::string number = R"((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)";
  if (type.dimension == Dimension::kRatio) {
    Node schema = text_schema(number + " *%?");
    schema.find("type")->kind = NodeKind::kSequence;
    *schema.find("type") = types({"string", "number"});
    return schema;
  }
  const std::string part = number + " *" + unit_pattern(type.dimension);
  const bool is_compound = type.dimension == Dimension::kDuration;
  return text_schema(is_compound ? "(?:" + part + " *)+" : part);
}

Node count_schema() {
  Node schema = Node::map();
  Node& any = schema.add("anyOf", Node::sequence());
  Node whole = Node::map();
  whole.add("type", Node::string("integer"));
  any.items.push_back(std::move(whole));
  any.items.push_back(text_schema(R"([0-9]+\+?)"));
  return schema;
}

Node list_schema(const Type& type) {
  Node schema = Node::map();
  schema.add("type", type.least_items == 0 ? types({"array", "null"}) : Node::string("array"));
  schema.add("items", schema_of(type.parts.front()));
  if (type.least_items > 0) {
    schema.add("minItems", Node::plain(std::to_string(type.least_items)));
  }
  schema.add("maxItems", Node::plain(std::to_string(type.most_items)));
  return schema;
}

Node map_schema(const Type& type) {
  Node schema = Node::map();
  schema.add("type", types({"object", "null"}));
  if (!type.key_rule.pattern.empty()) {
    Node& names = schema.add("propertyNames", Node::map());
    names.add("pattern", Node::string("^(?:" + type.key_rule.pattern + ")$"));
  }
  schema.add("additionalProperties", schema_of(type.parts.front()));
  schema.add("maxProperties", Node::plain(std::to_string(type.most_items)));
  return schema;
}

Node key_schema(const KeyInfo& key) {
  Node schema = schema_of(key.type);
  if (schema.find("description") == nullptr) {
    schema.add("description", Node::string(key.description));
  }
  if (key.default_value.kind == NodeKind::kScalar) {
    schema.add("default", key.default_value);
  }
  return schema;
}

Node section_schema(const SectionInfo& info, std::span<const Mount> mounts) {
  Node schema = Node::map();
  schema.add("type", types({"object", "null"}));
  schema.add("description", Node::string(info.description));
  schema.add("additionalProperties", Node::plain("false"));
  Node properties = Node::map();
  std::vector<std::string> required;
  for (const KeyInfo& key : info.keys) {
    properties.add(key.name, key_schema(key));
    if (key.is_required) {
      required.push_back(key.name);
    }
  }
  for (const Mount& mount : mounts) {
    properties.add(mount.key, section_schema(*mount.info, {}));
  }
  schema.add("properties", std::move(properties));
  if (!required.empty()) {
    *schema.find("type") = Node::string("object");
    schema.add("required", strings(required));
  }
  return schema;
}

Node either_schema(const Type& type) {
  Node schema = Node::map();
  Node& any = schema.add("anyOf", Node::sequence());
  for (const Type& part : type.parts) {
    any.items.push_back(schema_of(part));
  }
  return schema;
}

Node schema_of(const Type& type) {
  switch (type.kind) {
    case Kind::kString:
      return string_schema(type);
    case Kind::kBoolean:
      return number_schema(type, "boolean");
    case Kind::kInteger:
      return number_schema(type, "integer");
    case Kind::kNumber:
      return number_schema(type, "number");
    case Kind::kQuantity:
      return quantity_schema(type);
    case Kind::kPrice:
      return text_schema(R"(-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+) *[A-Z]{3}/[kM]Wh)");
    case Kind::kCount:
      return count_schema();
    case Kind::kTimestamp:
      return text_schema(R"([0-9]{4}-[0-9]{2}-[0-9]{2}.*)");
    case Kind::kParameter: {
      Node schema = Node::map();
      schema.add("type", types({"string", "number", "boolean"}));
      return schema;
    }
    case Kind::kList:
      return list_schema(type);
    case Kind::kMap:
      return map_schema(type);
    case Kind::kSection:
      return section_schema(*type.section, {});
    case Kind::kEither:
      return either_schema(type);
  }
  return Node::map();
}

}  // namespace

std::string json_schema(const SpecSchema& schema) {
  Node document = Node::map();
  document.add("$schema", Node::string("https://json-schema.org/draft/2020-12/schema"));
  document.add("title", Node::string("wattle.yaml"));
  for (Entry& entry : section_schema(*schema.root().info, schema.mounts()).entries) {
    document.entries.push_back(std::move(entry));
  }
  return to_pretty_json(document);
}

}  // namespace wattle::spec
