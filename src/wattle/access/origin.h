// Whether a browser's request comes from our own pages.
//
// A server on a loopback address is within reach of every page that the user visits: by DNS
// rebinding (the page's own name comes to mean 127.0.0.1: the header Host tells) and by requests
// across origins that carry our cookie (Origin, Referer and Sec-Fetch-Site tell). Only exact names
// pass; nothing is matched by its beginning or end.
//
// Units:    none.
// Errors:   kPermissionDenied: says which header is wrong and what would be right.
//           kInvalidArgument: a configured name that is none.
// Threads:  pure functions, value types. Lifetime: value types.
// See:      docs/reference/access.md#browsers
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::access {

enum class Scheme { kHttp, kHttps };

/// "http://localhost:8080" in parts; the port is there also when it is the scheme's own.
struct Origin {
  Scheme scheme = Scheme::kHttp;
  std::string host;  // lower case; an IPv6 address in brackets, in its shortest form
  std::uint16_t port = 80;

  friend bool operator==(const Origin&, const Origin&) = default;
};

/// What stands in the header Host: no scheme, perhaps no port.
struct HostAndPort {
  std::string host;
  std::optional<std::uint16_t> port;

  friend bool operator==(const HostAndPort&, const HostAndPort&) = default;
};

/// Strict: names of letters, digits, '-', '_' and '.', no dot at the end, IPv4, [IPv6]. No user, no
/// spaces, no escapes. kParse.
Result<HostAndPort> parse_host(std::string_view text);
/// As parse_host behind "http://" or "https://", with nothing behind it. kParse.
Result<Origin> parse_origin(std::string_view text);

/// The origins that are ours.
class AllowedOrigins {
 public:
  /// Where we listen: localhost, 127.0.0.1 and [::1] with this port. `names` are what else leads
  /// here: "wattle.example.org" and "wattle.example.org:8443" by our own scheme, or
  /// "https://wattle.example.org" behind a proxy that ends TLS. A name without port and scheme
  /// holds for our port and for the scheme's own.
  static Result<AllowedOrigins> create(Scheme scheme, std::uint16_t port,
                                       std::span<const std::string> names);

  bool holds(const Origin& origin) const;
  /// A Host without port means the own port of the scheme of any of our origins.
  bool holds(const HostAndPort& host) const;
  /// For messages: the first one.
  std::string example() const;

 private:
  Status add(Scheme scheme, std::uint16_t port, std::string_view name);

  std::vector<Origin> origins_;
};

/// nullopt: the header is not there.
using MaybeHeader = std::optional<std::string_view>;

/// For every request over TCP, before anything else.
Status check_host(MaybeHeader host, const AllowedOrigins& allowed);

struct BrowserHeaders {
  MaybeHeader origin;
  MaybeHeader referer;
  MaybeHeader sec_fetch_site;
};

/// For every request that changes something and shows who it is by a cookie. One of the headers
/// must be there. Sec-Fetch-Site must be `same-origin`, or `none` (the user's own doing), where it
/// is there; then Origin decides, and without it Referer. (A request with a token needs no such
/// check: no page can make a browser add one.)
Status check_origin(const BrowserHeaders& headers, const AllowedOrigins& allowed);

}  // namespace wattle::access
