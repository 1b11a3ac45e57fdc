// Signals that ask to stop, as a descriptor that turns readable, while the object lives.
//
// Units:    none. Errors: none. Threads: of the thread that makes it. Lifetime: the signals are
//           handled as before when it ends.
#pragma once

#include <csignal>

#include "wattle/base/descriptor.h"

namespace wattle::cli {

class StopSignals {
 public:
  enum class Interrupt {
    kStops,           // Ctrl-C is for us
    kReachesCommand,  // the command shares our terminal and gets it by itself: we wait for what it
                      // does
  };

  explicit StopSignals(Interrupt interrupt);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int descriptor() const { return descriptor_.get(); }
  /// Takes those that have come.
  void take();

 private:
  sigset_t before_{};
  Descriptor descriptor_;
};

}  // namespace wattle::cli
