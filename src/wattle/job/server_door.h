// The door of a home's server, until it has an API: a pipe with a name that wakes it, and a lock
// that says whose the home is.
//
// Units:    none. Errors: kIo as the kernel's. Threads: one thread per object.
// Lifetime: the pipe stays; who holds it open for reading is the server.
#pragma once

#include "wattle/base/descriptor.h"
#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/store/home.h"

namespace wattle::job {

/// Readable when somebody has rung; not open after leave().
class ServerDoor {
 public:
  static Result<ServerDoor> open(const store::Home& home);
  int descriptor() const { return pipe_.get(); }
  bool is_open() const { return pipe_.is_open(); }
  /// Takes what was rung until now.
  void answer();
  /// Who rings from now on finds nobody.
  void leave() { pipe_.reset(); }

 private:
  explicit ServerDoor(Descriptor pipe) : pipe_(std::move(pipe)) {}
  Descriptor pipe_;
};

/// Wakes the server of a home. False when there is none.
bool ring(const store::Home& home);

}  // namespace wattle::job
