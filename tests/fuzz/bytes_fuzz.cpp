// Records on any bytes: a reader ends, never runs past the end, and reads back what a writer wrote.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wattle/base/bytes.h"
#include "wattle/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);  // NOLINT
  wattle::ByteReader reader(input);
  const auto kind = reader.u8();
  const auto count = reader.varint();
  const auto name = reader.text();
  if (!reader.ok()) {
    return 0;
  }
  wattle::ByteWriter writer;
  writer.u8(kind);
  writer.varint(count);
  writer.text(name);
  wattle::ByteReader again(writer.bytes());
  WATTLE_CHECK(again.u8() == kind && again.varint() == count && again.text() == name,
               "what was written is read back");
  WATTLE_CHECK(again.ok() && again.at_end(), "and nothing else");
  return 0;
}
