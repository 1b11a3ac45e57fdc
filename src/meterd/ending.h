// The wish of somebody else that this process end, as a descriptor to wait for.
//
// Units:    none. Errors: as the kernel's. Threads: made before any other thread. Lifetime:
// SIGTERM, SIGINT and SIGHUP stay blocked after the object.
#pragma once

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"

namespace wattle::meterd {

class Ending {
 public:
  static Result<Ending> create();
  /// Readable, and left so, once the process was asked to end.
  int descriptor() const { return signals_.get(); }

  /// Waits, without a wake-up, until `descriptor` is readable (true) or the end is asked for
  /// (false).
  bool wait_for(int descriptor) const;

 private:
  explicit Ending(Descriptor signals) : signals_(std::move(signals)) {}
  Descriptor signals_;
};

}  // namespace wattle::meterd
