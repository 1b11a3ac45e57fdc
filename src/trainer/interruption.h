// SIGTERM and SIGINT as something to ask for between two rounds, so that a round is never torn.
//
// Units:    signal numbers. Errors: the kernel's, when no descriptor is left.
// Threads:  create() blocks the signals for its thread and for those started later: call it before
//           any other thread exists. Lifetime: the signals stay blocked after it has ended.
#pragma once

#include <optional>

#include "wattle/base/result.h"

namespace wattle::trainer {

class Interruption {
 public:
  static Result<Interruption> create();
  ~Interruption();
  Interruption(Interruption&& other) noexcept;
  Interruption& operator=(Interruption&&) = delete;

  /// The signal that has arrived, if one has. Does not wait.
  std::optional<int> pending();

 private:
  explicit Interruption(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  std::optional<int> signal_;
};

}  // namespace wattle::trainer
