#include "wattle/net/address.h"

#include <algorithm>
#include <cstring>
#include <span>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "wattle/base/text.h"

namespace wattle::net {
namespace {

struct Block {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
  AddressKind kind;
};

// The first that fits counts.
constexpr std::array<Block, 17> kV4Blocks{{
    {{0}, 8, AddressKind::kUnspecified},
    {{127}, 8, AddressKind::kLoopback},
    {{10}, 8, AddressKind::kPrivate},
    {{172, 16}, 12, AddressKind::kPrivate},
    {{192, 168}, 16, AddressKind::kPrivate},
    {{169, 254}, 16, AddressKind::kLinkLocal},
    {{100, 64}, 10, AddressKind::kShared},
    {{224}, 4, AddressKind::kMulticast},
    {{240}, 4, AddressKind::kReserved},
    {{192, 0, 0}, 24, AddressKind::kReserved},
    {{192, 0, 2}, 24, AddressKind::kReserved},
    {{192, 31, 196}, 24, AddressKind::kReserved},
    {{192, 52, 193}, 24, AddressKind::kReserved},
    {{192, 88, 99}, 24, AddressKind::kReserved},
    {{198, 18}, 15, AddressKind::kReserved},
    {{198, 51, 100}, 24, AddressKind::kReserved},
    {{203, 0, 113}, 24, AddressKind::kReserved},
}};
constexpr std::array<Block, 15> kV6Blocks{{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 128, AddressKind::kUnspecified},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, AddressKind::kLoopback},
    {{0xfc}, 7, AddressKind::kPrivate},
    {{0xfe, 0xc0}, 10, AddressKind::kPrivate},
    {{0xfe, 0x80}, 10, AddressKind::kLinkLocal},
    {{0xff}, 8, AddressKind::kMulticast},
    {{0x01, 0x00}, 64, AddressKind::kReserved},
    {{0x20, 0x01, 0x00}, 23, AddressKind::kReserved},             // Teredo and other protocols
    {{0x20, 0x01, 0x0d, 0xb8}, 32, AddressKind::kReserved},       // documentation
    {{0x3f, 0xff}, 20, AddressKind::kReserved},                   // documentation
    {{0x5f, 0x00}, 16, AddressKind::kReserved},                   // segment routing
    {{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48, AddressKind::kPrivate},  // local translation
    {{0x26, 0x20, 0, 0x4f, 0x80}, 48, AddressKind::kReserved},
    {{0x20}, 3, AddressKind::kPublic},  // what is handed out at all
    {{0}, 0, AddressKind::kReserved},
}};

bool fits(std::span<const std::uint8_t> bytes, const Block& block) {
  for (unsigned i = 0; i < block.bits; ++i) {
    const unsigned differing = static_cast<unsigned>(bytes[i / 8]) ^ block.prefix.at(i / 8);
    if ((differing >> (7 - i % 8) & 1U) != 0) {
      return false;
    }
  }
  return true;
}

AddressKind find_kind(std::span<const std::uint8_t> bytes, std::span<const Block> blocks) {
  for (const auto& block : blocks) {
    if (fits(bytes, block)) {
      return block.kind;
    }
  }
  return AddressKind::kPublic;
}

/// Where an IPv4 address stands within one of IPv6; 0: nowhere.
std::size_t embedded_at(std::span<const std::uint8_t, 16> bytes, bool& is_mapped) {
  constexpr Block kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, AddressKind::kPublic};
  constexpr Block kCompatible{{0}, 96, AddressKind::kPublic};
  constexpr Block kTranslated{{0x00, 0x64, 0xff, 0x9b}, 96, AddressKind::kPublic};
  constexpr Block k6to4{{0x20, 0x02}, 16, AddressKind::kPublic};
  is_mapped = fits(bytes, kMapped);
  if (is_mapped || fits(bytes, kCompatible) || fits(bytes, kTranslated)) {
    return 12;
  }
  return fits(bytes, k6to4) ? 2 : 0;
}

AddressKind kind_of_v6(std::span<const std::uint8_t, 16> bytes) {
  // "::" and "::1" look like IPv4 within IPv6.
  const AddressKind own = find_kind(bytes, kV6Blocks);
  if (own == AddressKind::kUnspecified || own == AddressKind::kLoopback) {
    return own;
  }
  bool is_mapped = false;
  const std::size_t at = embedded_at(bytes, is_mapped);
  if (at == 0) {
    return own;
  }
  const AddressKind within = find_kind(bytes.subspan(at, 4), kV4Blocks);
  return within == AddressKind::kPublic && !is_mapped ? AddressKind::kReserved : within;
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy(text);
  IpAddress address;
  if (copy.find('\0') == std::string::npos) {
    if (::inet_pton(AF_INET, copy.c_str(), address.bytes_.data()) == 1) {
      address.is_v4_ = true;
      return address;
    }
    if (::inet_pton(AF_INET6, copy.c_str(), address.bytes_.data()) == 1) {
      return address;
    }
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("'", text.substr(0, 100), "' is no address of IPv4 or IPv6"));
}

std::optional<IpAddress> IpAddress::from(const sockaddr& address) {
  IpAddress result;
  // The family says which structure it is; copied, since a sockaddr may be less aligned than it.
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    std::memcpy(result.bytes_.data(), &v4.sin_addr, sizeof(v4.sin_addr));
    result.is_v4_ = true;
    return result;
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    std::memcpy(result.bytes_.data(), &v6.sin6_addr, sizeof(v6.sin6_addr));
    return result;
  }
  return std::nullopt;
}

std::string IpAddress::bytes() const {
  return {bytes_.begin(), bytes_.begin() + (is_v4_ ? 4 : 16)};
}

AddressKind IpAddress::kind() const {
  return is_v4_ ? find_kind(bytes_, kV4Blocks) : kind_of_v6(bytes_);
}

std::string IpAddress::to_text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::string_view to_string(AddressKind kind) {
  constexpr std::array<std::string_view, 8> kNames{"public",    "unspecified", "loopback",
                                                   "private",   "link-local",  "shared",
                                                   "multicast", "reserved"};
  return kNames.at(static_cast<std::size_t>(kind));
}

}  // namespace wattle::net
