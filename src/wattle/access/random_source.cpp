#include "wattle/access/random_source.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>

#include <sys/random.h>

#include "wattle/base/check.h"
#include "wattle/base/ids.h"

namespace wattle::access {

void KernelRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = getrandom(bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    WATTLE_CHECK(count > 0, "the kernel gave no random bytes");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

std::string new_id(const Clock& clock, RandomSource& random) {
  std::array<std::byte, sizeof(std::uint64_t)> seed{};
  random.fill(seed);
  Rng rng(std::bit_cast<std::uint64_t>(seed));
  return make_ulid(clock, rng);
}

}  // namespace wattle::access
