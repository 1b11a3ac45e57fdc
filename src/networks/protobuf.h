// Writes messages in the wire format of Protocol Buffers.
//
// Units:    bytes. Errors: none. Threads: one per writer. Lifetime: a value type.
// Source:   https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/bytes.h"

namespace wattle::networks {

class ProtobufWriter {
 public:
  void integer(std::uint32_t field, std::int64_t value) {
    tag(field, kVarint);
    bytes_.varint(static_cast<std::uint64_t>(value));
  }
  void real(std::uint32_t field, float value) {
    tag(field, kFixed32);
    bytes_.u32(std::bit_cast<std::uint32_t>(value));
  }
  /// Text, bytes, or another message.
  void text(std::uint32_t field, std::string_view value) {
    tag(field, kLength);
    bytes_.text(value);
  }
  void message(std::uint32_t field, const ProtobufWriter& value) { text(field, value.bytes()); }
  const std::string& bytes() const { return bytes_.bytes(); }

 private:
  static constexpr std::uint32_t kVarint = 0;
  static constexpr std::uint32_t kLength = 2;
  static constexpr std::uint32_t kFixed32 = 5;
  void tag(std::uint32_t field, std::uint32_t type) { bytes_.varint((field << 3) | type); }

  ByteWriter bytes_;
};

}  // namespace wattle::networks
