#include <algorithm>
#include <cmath>
#include <set>

#include "wattle/base/text.h"
#include "wattle/messages/json_codec.h"
#include "wattle/messages/number_words.h"

namespace wattle::messages {
namespace {

Json number_json(double value) {
  if (std::isfinite(value)) {
    return value;
  }
  return std::string(std::isnan(value) ? kNotANumber : value > 0 ? kInfinity : kMinusInfinity);
}

Json list_json(const ListType& type, const void* value) {
  Json json = Json::array();
  for (std::size_t i = 0; i < type.size(value); ++i) {
    json.push_back(json_of(type.element(), type.at(value, i)));
  }
  return json;
}

/// Appends: the keys are known to differ, and the library would look for each among the others.
void append(Json& object, std::string_view key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(std::string(key), std::move(value));
}

/// Keys of a map as they are told. Two that are no UTF-8 may become the same one: then the later
/// gets a number, because a key that is there twice is refused by whoever reads it.
class ToldKeys {
 public:
  std::string tell(const std::string& key) {
    const bool is_ascii =
        std::ranges::all_of(key, [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
    if (is_ascii) {
      return key;
    }
    const auto told = Json::parse(text_of(Json(key), Layout::kOneLine)).get<std::string>();
    std::string unique = told;
    for (int number = 2; !told_.insert(unique).second; ++number) {
      unique = concat(told, " (", number, ")");
    }
    return unique;
  }

 private:
  std::set<std::string> told_;
};

Json map_json(const MapType& type, const void* value) {
  Json json = Json::object();
  ToldKeys keys;
  type.each(value, [&](const std::string& key, const void* element) {
    append(json, keys.tell(key), json_of(type.element(), element));
  });
  return json;
}

bool is_left_out(const Field& field, const void* value) {
  return !field.is_always_written() &&
         static_cast<const OptionalType&>(field.type()).get(value) == nullptr;
}

Json struct_json(const StructType& type, const void* value) {
  Json json = Json::object();
  for (const auto& field : type.fields()) {
    field.member->read(value, [&](const void* part) {
      if (!is_left_out(field, part)) {
        append(json, field.key, json_of(field.type(), part));
      }
    });
  }
  return json;
}

Json optional_json(const OptionalType& type, const void* value) {
  const void* element = type.get(value);
  return element == nullptr ? Json() : json_of(type.element(), element);
}

}  // namespace

Json json_of(const Type& type, const void* value) {
  switch (type.shape()) {
    case Shape::kBoolean:
      return *static_cast<const bool*>(value);
    case Shape::kText:
      return *static_cast<const std::string*>(value);
    case Shape::kTime:
      return to_rfc3339(*static_cast<const UtcTime*>(value));
    case Shape::kJson:
      return Json::parse(static_cast<const JsonObject*>(value)->text());
    case Shape::kInteger:
      return static_cast<const IntegerType&>(type).get(value);
    case Shape::kNumber:
      return number_json(static_cast<const NumberType&>(type).get(value));
    case Shape::kWord: {
      const auto& words = static_cast<const WordType&>(type);
      return std::string(words.words()[words.get(value)]);
    }
    case Shape::kOptional:
      return optional_json(static_cast<const OptionalType&>(type), value);
    case Shape::kList:
      return list_json(static_cast<const ListType&>(type), value);
    case Shape::kMap:
      return map_json(static_cast<const MapType&>(type), value);
    case Shape::kStruct:
      return struct_json(static_cast<const StructType&>(type), value);
  }
  return {};
}

std::string text_of(const Json& json, Layout layout) {
  const bool is_indented = layout == Layout::kIndented;
  return json.dump(is_indented ? 2 : -1, ' ', false, Json::error_handler_t::replace) +
         (is_indented ? "\n" : "");
}

std::string write_json(const StructType& type, const void* message, Layout layout) {
  return text_of(json_of(type, message), layout);
}

}  // namespace wattle::messages
