// Who changes something, for which project, and when: part of every row and of every event.
//
// Units:    UTC. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <string>

#include "wattle/base/time.h"

namespace wattle::registry {

struct Caller {
  std::string project;
  std::string actor;
  UtcTime now;
};

enum class Lifecycle { kActive, kDeleted };

inline std::string to_text(Lifecycle lifecycle) {
  return lifecycle == Lifecycle::kActive ? "active" : "deleted";
}

struct KeyValue {
  std::string key;
  std::string value;
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

}  // namespace wattle::registry
