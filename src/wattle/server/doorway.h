// What the server opens to others while it is there: its API.
//
// Units:    Seconds. Errors: open(): as its implementation. Threads: the server's own.
// Lifetime: outlives the server.
#pragma once

#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle::server {

class Doorway {
 public:
  virtual ~Doorway() = default;
  virtual Status open() = 0;
  virtual void close() = 0;
  /// Does somebody use it at this instant?
  virtual bool is_in_use() const = 0;
  /// Since somebody last did.
  virtual Seconds idle_for() const = 0;
};

}  // namespace wattle::server
