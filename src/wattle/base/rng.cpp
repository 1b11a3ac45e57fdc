#include "wattle/base/rng.h"

#include <bit>
#include <cmath>
#include <numbers>

#include <sys/random.h>

#include "wattle/base/check.h"

namespace wattle {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) {
  for (auto& word : state_) {
    word = splitmix64(seed);
  }
}

Rng Rng::from_entropy() {
  std::uint64_t seed = 0;
  WATTLE_CHECK(getrandom(&seed, sizeof seed, 0) == sizeof seed, "the kernel gave no random bytes");
  return Rng(seed);
}

std::uint64_t Rng::operator()() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::uniform() {
  return static_cast<double>((*this)() >> 11) * 0x1.0p-53;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  WATTLE_CHECK(bound > 0, "an empty range has no member");
  const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound
  for (;;) {
    const std::uint64_t draw = (*this)();
    if (draw >= rejected) {
      return draw % bound;
    }
  }
}

double Rng::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace wattle
