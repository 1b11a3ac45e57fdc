// Random numbers that come out the same for a seed on every machine and compiler.
//
// Units:    none. Errors: none. Threads: one thread per Rng. Lifetime: a value type.
// Source:   xoshiro256** 1.0 with splitmix64 seeding (Blackman and Vigna, 2018), both in the public
//           domain.
#pragma once

#include <array>
#include <cstdint>

namespace wattle {

class Rng {
 public:
  using result_type = std::uint64_t;

  explicit Rng(std::uint64_t seed);
  /// Seeded by the kernel: for ids and tokens, never for anything that must be repeatable.
  static Rng from_entropy();

  std::uint64_t operator()();
  static constexpr std::uint64_t min() { return 0; }
  static constexpr std::uint64_t max() { return ~std::uint64_t{0}; }

  /// Uniform in [0, 1).
  double uniform();
  /// Uniform in [0, bound), without modulo bias. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller).
  double normal();

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace wattle
