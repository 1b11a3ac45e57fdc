// What a key of wattle.yaml may hold: the one description behind reading, messages, JSON Schema and
// the reference.
//
// Units:    minimum and maximum are in the unit of the kind (seconds, bytes, joules, ...).
// Errors:   none. Threads: value types.
// Lifetime: shares the descriptions of inner sections, which never change.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wattle/spec/quantity.h"
#include "wattle/spec/text_rule.h"

namespace wattle::spec {

enum class Kind {
  kString,
  kBoolean,
  kInteger,
  kNumber,
  kQuantity,
  kPrice,
  kCount,
  kTimestamp,
  kParameter,  // any single value
  kList,
  kMap,
  kSection,
  kEither,  // by what stands there: a single value, a list, or a map
};

struct SectionInfo;

struct Type {
  Kind kind = Kind::kString;
  Dimension dimension = Dimension::kDuration;  // of kQuantity
  std::vector<Type> parts;                     // the element of a list or map; the alternatives
  // Shared: a section may stand under several keys, and descriptions are never changed.
  std::shared_ptr<const SectionInfo> section;

  std::vector<std::string> choices;  // of kString and kInteger; empty: all
  std::optional<double> minimum;     // of numbers, quantities and counts
  std::optional<double> maximum;     // likewise
  TextRule rule;                     // of kString; an empty pattern allows all
  TextRule key_rule;                 // of kMap
  bool may_be_empty = false;         // of kString
  bool is_literal = false;           // "${...}" is no expression in it
  std::size_t least_items = 0;       // of kList
  std::size_t most_items = 1000;     // of kList and kMap
};

/// "a duration, e.g. 90s", "a list": what a message says is wanted.
std::string wanted_words(const Type& type);
/// "duration", "list of string": the type in a table.
std::string short_words(const Type& type);

/// The bound as the user would write it: "1s", "8GB", "3".
std::string format_bound(const Type& type, double value);

}  // namespace wattle::spec
