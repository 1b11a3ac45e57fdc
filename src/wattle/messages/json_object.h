// A JSON object whose keys are somebody else's: a spec, the payload of an event.
//
// Units:    none.
// Errors:   parse is kParse for what is no JSON, kInvalidArgument for what is JSON and no object,
//           too deep, too large, or has a key twice.
// Threads:  value type. Lifetime: value type.
#pragma once

#include <string>
#include <string_view>

#include "wattle/base/result.h"

namespace wattle::messages {

class JsonObject {
 public:
  /// {}
  JsonObject() = default;
  static Result<JsonObject> parse(std::string_view text);

  /// On one line. Integers beyond 64 bits have become doubles.
  const std::string& text() const { return text_; }

  bool operator==(const JsonObject&) const = default;

 private:
  friend class JsonObjectAccess;
  explicit JsonObject(std::string text) : text_(std::move(text)) {}

  std::string text_ = "{}";
};

}  // namespace wattle::messages
