// The listening socket of a meter: a fresh one that replaces what a dead meter left, or the one
// that systemd hands over.
//
// Units:    none. Errors: as the kernel's, with the path. REQUIRES: the caller holds the meter's
// lock, so that what lies at the path is nobody's.
// Threads:  one. Lifetime: a socket of our own is unlinked with the object; systemd's is not.
#pragma once

#include <string>

#include <sys/types.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"

namespace wattle::meterd {

class Listener {
 public:
  /// Binds beside the path and renames onto it: whoever connects meets the old socket or the new
  /// one, never none that is half made.
  static Result<Listener> bind(const std::string& path, mode_t mode);
  /// systemd's, when this process was started by socket activation.
  static bool is_activated();
  static Listener take_activated();

  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;

  int descriptor() const { return socket_.get(); }
  /// Answers the first who waits to be let in "failed REASON".
  void refuse_one(const std::string& reason) const;

 private:
  Listener(Descriptor socket, std::string path)
      : socket_(std::move(socket)), path_(std::move(path)) {}
  Descriptor socket_;
  std::string path_;  // "": not ours
};

}  // namespace wattle::meterd
