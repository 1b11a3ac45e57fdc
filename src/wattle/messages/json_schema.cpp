#include "wattle/messages/json_schema.h"

#include <algorithm>
#include <limits>

#include "wattle/messages/number_words.h"

namespace wattle::messages {
namespace {

constexpr const char* kNumberName = "Number";

Json integer_schema(const IntegerType& type, const Rules& rules) {
  constexpr std::int64_t kMost32 = 2'147'483'647;
  const auto least = std::max(type.least(), rules.minimum.value_or(type.least()));
  const auto most = std::min(type.most(), rules.maximum.value_or(type.most()));
  Json schema = {{"type", "integer"}, {"format", type.most() <= kMost32 ? "int32" : "int64"}};
  // The range of 64 bits is in the format: clients that compute in doubles could not write it.
  if (least != std::numeric_limits<std::int64_t>::min()) {
    schema["minimum"] = least;
  }
  if (most != std::numeric_limits<std::int64_t>::max()) {
    schema["maximum"] = most;
  }
  return schema;
}

Json text_schema(const Rules& rules) {
  Json schema = {{"type", "string"}};
  if (!rules.constant.empty()) {
    schema["const"] = rules.constant;
  }
  if (rules.min_length) {
    schema["minLength"] = *rules.min_length;
  }
  if (rules.max_length) {
    schema["maxLength"] = *rules.max_length;
  }
  if (rules.pattern != nullptr) {
    schema["pattern"] = rules.pattern->expression;
  }
  return schema;
}

/// The same, or null.
Json nullable(Json schema) {
  if (schema.contains("type") && schema["type"].is_string() && !schema.contains("const")) {
    schema["type"] = Json::array({schema["type"], "null"});
    return schema;
  }
  return {{"anyOf", Json::array({std::move(schema), {{"type", "null"}}})}};
}

}  // namespace

Json Schemas::reference_to(const std::string& name, const Type* type,
                           Json (Schemas::*make)(const Type&)) {
  const auto [found, is_new] = components_.try_emplace(name, Component{type, {}});
  if (is_new) {
    // Entered before it is made: a struct that holds itself finds its own name.
    Json schema = (this->*make)(*type);
    components_[name].schema = std::move(schema);
  } else {
    WATTLE_CHECK(found->second.type == type, name);
  }
  return {{"$ref", prefix_ + name}};
}

Json Schemas::number_component(const Type& /*type*/) {
  return {
      {"description", "A number. NaN and the infinities, which JSON lacks, are these texts."},
      {"anyOf",
       Json::array({{{"type", "number"}},
                    {{"type", "string"}, {"enum", {kNotANumber, kInfinity, kMinusInfinity}}}})}};
}

Json Schemas::number_schema(const NumberType& /*type*/, const Rules& rules) {
  if (!rules.minimum && !rules.maximum) {
    return reference_to(kNumberName, &type_of<double>(), &Schemas::number_component);
  }
  Json schema = {{"type", "number"}, {"format", "double"}};
  if (rules.minimum) {
    schema["minimum"] = *rules.minimum;
  }
  if (rules.maximum) {
    schema["maximum"] = *rules.maximum;
  }
  return schema;
}

Json Schemas::word_schema(const Type& type) {
  const auto& words = static_cast<const WordType&>(type);
  return {{"type", "string"}, {"description", words.about()}, {"enum", words.words()}};
}

Json Schemas::property_schema(const Field& field) {
  const bool is_left_out = field.is_optional() && !field.is_always_written();
  const auto& type =
      is_left_out ? static_cast<const OptionalType&>(field.type()).element() : field.type();
  Json schema = schema_of(type, field.rules);
  schema["description"] = field.about;
  return schema;
}

Json Schemas::struct_schema(const Type& type) {
  const auto& described = static_cast<const StructType&>(type);
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& field : described.fields()) {
    properties[std::string(field.key)] = property_schema(field);
    const bool is_default = field.rules.presence == Presence::kMayBeAbsent;
    if (field.is_always_written() && !is_default) {
      required.push_back(field.key);
    }
  }
  Json schema = {{"type", "object"},
                 {"description", described.about()},
                 {"properties", std::move(properties)}};
  if (!required.empty()) {
    schema["required"] = std::move(required);
  }
  if (described.is_request()) {
    schema["additionalProperties"] = false;
  }
  return schema;
}

Json Schemas::schema_of(const Type& type, const Rules& rules) {
  switch (type.shape()) {
    case Shape::kBoolean:
      return {{"type", "boolean"}};
    case Shape::kText:
      return text_schema(rules);
    case Shape::kTime:
      return {{"type", "string"}, {"format", "date-time"}};
    case Shape::kJson:
      return {{"type", "object"}};
    case Shape::kInteger:
      return integer_schema(static_cast<const IntegerType&>(type), rules);
    case Shape::kNumber:
      return number_schema(static_cast<const NumberType&>(type), rules);
    case Shape::kWord:
      return reference_to(std::string(static_cast<const WordType&>(type).name()), &type,
                          &Schemas::word_schema);
    case Shape::kOptional:
      return nullable(schema_of(static_cast<const OptionalType&>(type).element(), rules));
    case Shape::kList: {
      Json schema = {{"type", "array"},
                     {"items", schema_of(static_cast<const ListType&>(type).element(), rules)}};
      if (rules.max_items) {
        schema["maxItems"] = *rules.max_items;
      }
      return schema;
    }
    case Shape::kMap: {
      Json schema = {
          {"type", "object"},
          {"additionalProperties", schema_of(static_cast<const MapType&>(type).element(), rules)}};
      if (rules.max_items) {
        schema["maxProperties"] = *rules.max_items;
      }
      return schema;
    }
    case Shape::kStruct:
      return reference_to(std::string(static_cast<const StructType&>(type).name()), &type,
                          &Schemas::struct_schema);
  }
  return {};
}

Json Schemas::components() const {
  Json json = Json::object();
  for (const auto& [name, component] : components_) {
    json[name] = component.schema;
  }
  return json;
}

Json json_schema(const StructType& type) {
  Schemas schemas("#/$defs/");
  const auto reference = schemas.schema_of(type);
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"$ref", reference["$ref"]},
          {"$defs", schemas.components()}};
}

}  // namespace wattle::messages
