#include "wattle/base/ids.h"

#include <algorithm>
#include <cstdint>

namespace wattle {
namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 26;
constexpr std::size_t kTimeCharacters = 10;
}  // namespace

std::string make_ulid(const Clock& clock, Rng& rng) {
  std::string id(kLength, '0');
  auto milliseconds = static_cast<std::uint64_t>(clock.utc_now().ns / 1'000'000);
  for (std::size_t i = kTimeCharacters; i-- > 0; milliseconds >>= 5) {
    id[i] = kAlphabet[milliseconds & 31];
  }
  for (std::size_t i = kTimeCharacters; i < kLength; ++i) {
    id[i] = kAlphabet[rng.below(kAlphabet.size())];
  }
  return id;
}

bool is_ulid(std::string_view text) {
  return text.size() == kLength && text[0] <= '7' && std::ranges::all_of(text, [](char c) {
           return kAlphabet.find(c) != std::string_view::npos;
         });
}

}  // namespace wattle
