#include <zlib.h>

#include "wattle/base/hash.h"

namespace wattle {

std::uint32_t crc32_of(std::string_view bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT: zlib's bytes
  return static_cast<std::uint32_t>(crc32_z(0, data, bytes.size()));
}

}  // namespace wattle
