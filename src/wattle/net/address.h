// Addresses of IPv4 and IPv6, and what kind each is: whether a server may be sent there by a
// stranger's wish.
//
// Units:    none. Errors: kInvalidArgument: no address (names and zones are none).
// Threads:  value types. Lifetime: value types.
// See:      RFC 6890 and the IANA registries of special-purpose addresses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"

struct sockaddr;

namespace wattle::net {

enum class AddressKind {
  kPublic,
  kUnspecified,  // 0.0.0.0/8, ::
  kLoopback,     // 127.0.0.0/8, ::1
  kPrivate,      // RFC 1918, RFC 4193 (fc00::/7), site-local (fec0::/10)
  kLinkLocal,    // 169.254.0.0/16, fe80::/10
  kShared,       // of carriers: 100.64.0.0/10
  kMulticast,    // 224.0.0.0/4, ff00::/8
  kReserved,     // documentation, benchmarks, discard, 240.0.0.0/4, tunnels that hide an address
};

class IpAddress {
 public:
  static Result<IpAddress> parse(std::string_view text);
  /// nullopt for a family that is neither.
  static std::optional<IpAddress> from(const sockaddr& address);

  bool is_v4() const { return is_v4_; }
  /// Four bytes of IPv4, or sixteen.
  std::string bytes() const;
  /// An IPv4 address within IPv6 (mapped, compatible, NAT64, 6to4) is of the kind of that address;
  /// one that is public only as IPv4 is kReserved where it is no mapped one.
  AddressKind kind() const;
  std::string to_text() const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool is_v4_ = false;
};

/// "loopback", "private", ...
std::string_view to_string(AddressKind kind);

}  // namespace wattle::net
