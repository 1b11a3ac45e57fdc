// Random bytes that nobody can guess: what secrets are made of.
//
// base's Rng repeats itself by its seed, so it makes no secrets. Tests inject a source that does.
//
// Units:    bytes.
// Errors:   a kernel without random bytes ends the process: no secret could be made safely.
// Threads:  any; a source guards itself. Lifetime: a source outlives what borrows it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "wattle/base/time.h"

namespace wattle::access {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// Fills all of it.
  virtual void fill(std::span<std::byte> bytes) = 0;
};

/// getrandom(2), which waits at boot until the kernel has gathered enough.
class KernelRandom final : public RandomSource {
 public:
  void fill(std::span<std::byte> bytes) override;
};

/// A new ULID. For names of rows: who knows it may do nothing with it.
std::string new_id(const Clock& clock, RandomSource& random);

}  // namespace wattle::access
