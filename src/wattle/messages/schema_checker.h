// For tests: whether a value keeps to a JSON Schema. Knows the words that json_schema.cpp writes,
// from the specification (json-schema.org, draft 2020-12) and not from that source; any other word
// ends the test, so that none is passed over.
//
// Units:    none. Errors: none. Threads: pure functions. Lifetime: borrows the document.
#pragma once

#include <algorithm>
#include <cmath>
#include <regex>
#include <string>

#include "wattle/base/time.h"
#include "wattle/messages/json_codec.h"

namespace wattle::messages {

class SchemaChecker {
 public:
  /// A document with $defs.
  explicit SchemaChecker(const Json& document) : document_(document) {}

  bool accepts(const Json& value) const { return keeps_to(document_, value); }

 private:
  static std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  }

  static bool is_of_type(const std::string& type, const Json& value) {
    if (type == "integer") {
      return value.is_number_integer() ||
             (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>());
    }
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
           (type == "boolean" && value.is_boolean()) || (type == "null" && value.is_null());
  }

  static bool has_type(const Json& types, const Json& value) {
    if (types.is_string()) {
      return is_of_type(types, value);
    }
    return std::ranges::any_of(types, [&](const Json& type) { return is_of_type(type, value); });
  }

  bool object_keeps_to(const std::string& word, const Json& rule, const Json& schema,
                       const Json& value) const {
    if (!value.is_object()) {
      return true;
    }
    if (word == "required") {
      return std::ranges::all_of(
          rule, [&](const Json& key) { return value.contains(key.get<std::string>()); });
    }
    if (word == "maxProperties") {
      return value.size() <= rule.get<std::size_t>();
    }
    return std::ranges::all_of(value.items(), [&](const auto& item) {
      const bool is_known =
          schema.contains("properties") && schema["properties"].contains(item.key());
      if (word == "properties") {
        return !is_known || keeps_to(rule[item.key()], item.value());
      }
      return is_known || (rule.is_boolean() ? rule.get<bool>() : keeps_to(rule, item.value()));
    });
  }

  bool list_keeps_to(const std::string& word, const Json& rule, const Json& value) const {
    if (!value.is_array()) {
      return true;
    }
    return word == "maxItems"
               ? value.size() <= rule.get<std::size_t>()
               : std::ranges::all_of(value, [&](const Json& item) { return keeps_to(rule, item); });
  }

  static bool text_keeps_to(const std::string& word, const Json& rule, const Json& value) {
    if (!value.is_string()) {
      return true;
    }
    const auto text = value.get<std::string>();
    return word == "minLength"   ? characters(text) >= rule.get<std::size_t>()
           : word == "maxLength" ? characters(text) <= rule.get<std::size_t>()
                                 : std::regex_search(text, std::regex(rule.get<std::string>()));
  }

  /// As this project means them: int64 is exact, so a double counts below 2^53.
  static bool format_holds(const std::string& format, const Json& value) {
    if (format == "int64" && value.is_number_float()) {
      return std::abs(value.get<double>()) < 0x1p53;
    }
    if (format == "int64" && value.is_number_unsigned()) {
      return value.get<std::uint64_t>() <= 0x7fff'ffff'ffff'ffffU;
    }
    return format != "date-time" || !value.is_string() ||
           parse_rfc3339(value.get<std::string>()).ok();
  }

  bool keeps_to_word(const std::string& word, const Json& rule, const Json& schema,
                     const Json& value) const {
    if (word == "$ref") {
      return keeps_to(document_.at(Json::json_pointer(rule.get<std::string>().substr(1))), value);
    }
    if (word == "type") {
      return has_type(rule, value);
    }
    if (word == "anyOf") {
      return std::ranges::any_of(rule, [&](const Json& one) { return keeps_to(one, value); });
    }
    if (word == "const") {
      return value == rule;
    }
    if (word == "enum") {
      return std::ranges::find(rule, value) != rule.end();
    }
    if (word == "minimum" || word == "maximum") {
      return !value.is_number() || (word == "minimum" ? value >= rule : value <= rule);
    }
    if (word == "minLength" || word == "maxLength" || word == "pattern") {
      return text_keeps_to(word, rule, value);
    }
    if (word == "items" || word == "maxItems") {
      return list_keeps_to(word, rule, value);
    }
    if (word == "format") {
      return format_holds(rule, value);
    }
    if (word == "properties" || word == "required" || word == "additionalProperties" ||
        word == "maxProperties") {
      return object_keeps_to(word, rule, schema, value);
    }
    WATTLE_CHECK(word == "description" || word == "$schema" || word == "$defs", word);
    return true;
  }

  bool keeps_to(const Json& schema, const Json& value) const {
    return std::ranges::all_of(schema.items(), [&](const auto& item) {
      return keeps_to_word(item.key(), item.value(), schema, value);
    });
  }

  const Json& document_;
};

}  // namespace wattle::messages
