// The JSON Schema (draft 2020-12, as OpenAPI 3.1 has it) of described types.
//
// It is what the writer keeps to, and all that it allows is read: but for integers beyond 64 bits,
// texts with a NUL, times out of the range of UtcTime, the limits on a whole message, and check(),
// which no schema says.
// The reader also takes null for whatever may be absent.
//
// Units:    none.
// Errors:   two types of one name end the process: that is a bug of ours.
// Threads:  one thread for each Schemas. Lifetime: value types.
#pragma once

#include <map>
#include <string>

#include "wattle/messages/json_codec.h"

namespace wattle::messages {

/// Gathers the named types that are used, each once, also when it holds itself.
class Schemas {
 public:
  explicit Schemas(std::string prefix = "#/components/schemas/") : prefix_(std::move(prefix)) {}

  /// {"$ref": …} for structs and enums, which are entered; else the schema itself.
  Json schema_of(const Type& type, const Rules& rules = {});
  template <typename T>
  Json schema_of() {
    return schema_of(type_of<T>());
  }
  /// By name: the same set of types gives the same bytes.
  Json components() const;

 private:
  struct Component {
    const Type* type = nullptr;  // null: of numbers, which several types share
    Json schema;
  };

  Json reference_to(const std::string& name, const Type* type, Json (Schemas::*make)(const Type&));
  Json struct_schema(const Type& type);
  Json word_schema(const Type& type);
  Json number_component(const Type& type);
  Json property_schema(const Field& field);
  Json number_schema(const NumberType& type, const Rules& rules);

  std::string prefix_;
  std::map<std::string, Component> components_;
};

/// A document of its own: what the type needs stands under $defs.
Json json_schema(const StructType& type);
template <DescribedStruct T>
Json json_schema() {
  return json_schema(struct_of<T>());
}

}  // namespace wattle::messages
