// Messages as values of the JSON library, for whoever puts several together. Costs its includer the
// library (two seconds to compile): json_text.h does not.
//
// Units:    bytes.
// Errors:   as json_text.h. Threads: pure functions. Lifetime: value types.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "wattle/messages/json_text.h"

namespace wattle::messages {

/// Keeps the order of keys.
using Json = nlohmann::ordered_json;

Json json_of(const Type& type, const void* value);
Status read_value(const StructType& type, const Json& json, void* message,
                  const ReadOptions& options);

template <DescribedStruct T>
Json to_json_value(const T& message) {
  return json_of(type_of<T>(), &message);
}

template <DescribedStruct T>
Result<T> from_json_value(const Json& json, const ReadOptions& options = {}) {
  T message{};
  WATTLE_RETURN_IF_ERROR(read_value(struct_of<T>(), json, &message, options));
  return message;
}

/// Any text as JSON, within the bounds of messages. A key that is there twice is refused.
Result<Json> parse_json(std::string_view text, const ReadOptions& options);
/// What is no UTF-8 is replaced by U+FFFD.
std::string text_of(const Json& json, Layout layout);

}  // namespace wattle::messages
