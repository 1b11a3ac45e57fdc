// Digests: SHA-256 names artifacts, CRC-32 guards frames against torn writes.
//
// Units:    bytes. Threads: pure functions; a Sha256 stays on one thread. Lifetime: value types.
// Errors:   reading a file that cannot be read: as file.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "wattle/base/result.h"

namespace wattle {

/// Digest of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  /// 64 lower-case hexadecimal digits. The object is spent afterwards.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view bytes);
/// Reads the file in blocks of 64 KiB.
Result<std::string> sha256_file(const std::string& path);

/// CRC-32 of zlib (polynomial 0xEDB88320).
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace wattle
