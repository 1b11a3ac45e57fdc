#include "wattle/registry/page_cursor.h"

#include "wattle/base/bytes.h"
#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::registry {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kMostBytes = 4096;
constexpr std::uint8_t kVersion = 1;

enum class StoredType : std::uint8_t { kNothing, kInteger, kReal, kText };

std::string to_hex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const auto high = kDigits.find(hex[i]);
    const auto low = kDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return {};
    }
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

Error no_cursor() {
  return {ErrorCode::kInvalidArgument,
          "the cursor is not one of this listing; begin with the first page again"};
}

void write_value(ByteWriter& out, const store::SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    out.u8(static_cast<std::uint8_t>(StoredType::kInteger));
    out.i64(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    out.u8(static_cast<std::uint8_t>(StoredType::kReal));
    out.f64(*real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    out.u8(static_cast<std::uint8_t>(StoredType::kText));
    out.text(*text);
  } else {
    out.u8(static_cast<std::uint8_t>(StoredType::kNothing));
  }
}

store::SqlValue read_stored(ByteReader& in) {
  switch (static_cast<StoredType>(in.u8())) {
    case StoredType::kInteger:
      return in.i64();
    case StoredType::kReal:
      return in.f64();
    case StoredType::kText:
      return std::string(in.text());
    case StoredType::kNothing:
      break;
  }
  return {};
}

}  // namespace

std::string encode_cursor(const PageKey& key, std::string_view listing) {
  ByteWriter out;
  out.u8(kVersion);
  out.u32(crc32_of(listing));
  out.u8(static_cast<std::uint8_t>(key.phase));
  write_value(out, key.value);
  out.i64(key.created_ns);
  out.text(key.id);
  // A cursor that was changed would be a query that nobody asked for, and an index out of range.
  ByteWriter sealed;
  sealed.u32(crc32_of(out.bytes()));
  return to_hex(out.bytes() + sealed.bytes());
}

Result<PageKey> decode_cursor(std::string_view text, std::string_view listing) {
  constexpr std::size_t kSealBytes = 4;
  const std::string all = text.size() > kMostBytes || text.size() % 2 != 0 ? "" : from_hex(text);
  if (all.size() < kSealBytes) {
    return no_cursor();
  }
  const std::string_view body = std::string_view(all).substr(0, all.size() - kSealBytes);
  ByteReader seal(std::string_view(all).substr(body.size()));
  ByteReader in(body);
  if (seal.u32() != crc32_of(body) || in.u8() != kVersion || in.u32() != crc32_of(listing)) {
    return no_cursor();
  }
  PageKey key;
  key.phase = in.u8();
  key.value = read_stored(in);
  key.created_ns = in.i64();
  key.id = in.text();
  return in.ok() && in.at_end() ? Result<PageKey>(std::move(key)) : no_cursor();
}

}  // namespace wattle::registry
