#include "wattle/access/origin.h"

#include <algorithm>
#include <array>
#include <limits>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kNameBytes = 253;  // of a name of DNS
constexpr std::size_t kLabelBytes = 63;  // of one part of it

std::uint16_t own_port(Scheme scheme) {
  return scheme == Scheme::kHttp ? kHttpPort : kHttpsPort;
}

std::string_view beginning_of(Scheme scheme) {
  return scheme == Scheme::kHttp ? "http://" : "https://";
}

/// What came, fit for a message: it is a stranger's.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 80;
  std::string clean;
  for (const char c : text.substr(0, kShown)) {
    clean += c > ' ' && c < 0x7f && c != '\'' ? c : '?';
  }
  return clean;
}

Error no_host(std::string_view text) {
  return {ErrorCode::kParse,
          concat("'", shown(text), "' is no host; write NAME, ADDRESS or [IPV6], then :PORT")};
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLabelBytes && std::ranges::all_of(label, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::optional<std::string> read_name(std::string_view text) {
  const auto labels = split(text, '.');
  return text.size() <= kNameBytes && std::ranges::all_of(labels, is_label)
             ? std::optional(to_lower(text))
             : std::nullopt;
}

/// "[::1]" for any way of writing that address in brackets. Zones ("%eth0") are none.
std::optional<std::string> read_address(std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN || !text.starts_with('[') || !text.ends_with(']')) {
    return std::nullopt;
  }
  const std::string address(text.substr(1, text.size() - 2));
  in6_addr parsed{};
  std::array<char, INET6_ADDRSTRLEN> shortest{};
  // A zero byte would end the text early for inet_pton.
  if (address.find('\0') != std::string::npos ||
      inet_pton(AF_INET6, address.c_str(), &parsed) != 1 ||
      inet_ntop(AF_INET6, &parsed, shortest.data(), shortest.size()) == nullptr) {
    return std::nullopt;
  }
  return concat("[", shortest.data(), "]");
}

/// Digits only, no zero first, 1 to 65535.
std::optional<std::uint16_t> read_port(std::string_view text) {
  constexpr std::size_t kMostDigits = 5;
  if (text.empty() || text.size() > kMostDigits || text.front() == '0') {
    return std::nullopt;
  }
  unsigned port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= std::numeric_limits<std::uint16_t>::max()
             ? std::optional(static_cast<std::uint16_t>(port))
             : std::nullopt;
}

Error refuse(std::string_view header, std::string_view value, const AllowedOrigins& allowed,
             std::string_view remedy) {
  return {ErrorCode::kPermissionDenied,
          concat("the request's ", header, " '", shown(value), "' is not this server's, which is ",
                 allowed.example(), remedy)};
}

/// "http://a:1" of "http://a:1/b?c#d".
std::string_view origin_part(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t end =
      host == std::string_view::npos ? host : url.find_first_of("/?#", host + 3);
  return url.substr(0, end);
}

Status check_sent_origin(std::string_view header, std::string_view value,
                         const AllowedOrigins& allowed) {
  const auto origin = parse_origin(value);
  return origin.ok() && allowed.holds(*origin) ? Status()
                                               : Status(refuse(header, value, allowed, ""));
}

}  // namespace

Result<HostAndPort> parse_host(std::string_view text) {
  if (text.size() > limits::kOriginBytes) {
    return no_host(text);
  }
  const std::size_t behind_address = text.starts_with('[') ? text.find(']') : 0;
  if (behind_address == std::string_view::npos) {
    return no_host(text);
  }
  const std::size_t colon = text.find(':', behind_address);
  const std::string_view host = text.substr(0, colon);
  auto read = text.starts_with('[') ? read_address(host) : read_name(host);
  if (!read) {
    return no_host(text);
  }
  if (colon == std::string_view::npos) {
    return HostAndPort{.host = *std::move(read), .port = {}};
  }
  const auto port = read_port(text.substr(colon + 1));
  return port ? Result<HostAndPort>(HostAndPort{.host = *std::move(read), .port = port})
              : no_host(text);
}

Result<Origin> parse_origin(std::string_view text) {
  for (const Scheme scheme : {Scheme::kHttp, Scheme::kHttps}) {
    const std::string_view beginning = beginning_of(scheme);
    if (to_lower(text.substr(0, beginning.size())) == beginning) {
      WATTLE_ASSIGN_OR_RETURN(auto host, parse_host(text.substr(beginning.size())));
      return Origin{.scheme = scheme,
                    .host = std::move(host.host),
                    .port = host.port.value_or(own_port(scheme))};
    }
  }
  return Error(ErrorCode::kParse,
               concat("'", shown(text), "' is no origin; write http://HOST or https://HOST"));
}

Result<AllowedOrigins> AllowedOrigins::create(Scheme scheme, std::uint16_t port,
                                              std::span<const std::string> names) {
  AllowedOrigins allowed;
  for (const char* host : {"localhost", "127.0.0.1", "[::1]"}) {
    allowed.origins_.push_back({.scheme = scheme, .host = host, .port = port});
  }
  if (names.size() > limits::kAllowedNames) {
    return Error(ErrorCode::kInvalidArgument, concat("a server has at most ", limits::kAllowedNames,
                                                     " names, not ", names.size()));
  }
  for (const std::string& name : names) {
    const auto status = allowed.add(scheme, port, name);
    if (!status) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("name of the server: ", status.error().message()));
    }
  }
  return allowed;
}

Status AllowedOrigins::add(Scheme scheme, std::uint16_t port, std::string_view name) {
  if (name.find("://") != std::string_view::npos) {
    WATTLE_ASSIGN_OR_RETURN(origins_.emplace_back(), parse_origin(name));
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto host, parse_host(name));
  origins_.push_back({.scheme = scheme, .host = host.host, .port = host.port.value_or(port)});
  if (!host.port) {
    origins_.push_back({.scheme = scheme, .host = host.host, .port = own_port(scheme)});
  }
  return {};
}

bool AllowedOrigins::holds(const Origin& origin) const {
  return std::ranges::find(origins_, origin) != origins_.end();
}

bool AllowedOrigins::holds(const HostAndPort& host) const {
  return std::ranges::any_of(origins_, [&](const Origin& origin) {
    return host.host == origin.host && host.port.value_or(own_port(origin.scheme)) == origin.port;
  });
}

std::string AllowedOrigins::example() const {
  const Origin& first = origins_.front();
  return concat(beginning_of(first.scheme), first.host, ":", first.port);
}

Status check_host(MaybeHeader host, const AllowedOrigins& allowed) {
  const auto parsed = parse_host(host.value_or(""));
  return parsed.ok() && allowed.holds(*parsed)
             ? Status()
             : Status(refuse("Host", host.value_or(""), allowed,
                             "; if this name is meant to lead here, add it to the server's names"));
}

Status check_origin(const BrowserHeaders& headers, const AllowedOrigins& allowed) {
  if (headers.sec_fetch_site && *headers.sec_fetch_site != "same-origin" &&
      *headers.sec_fetch_site != "none") {
    return refuse("Sec-Fetch-Site", *headers.sec_fetch_site, allowed, "");
  }
  if (headers.origin) {
    return check_sent_origin("Origin", *headers.origin, allowed);
  }
  if (headers.referer) {
    const bool is_long = headers.referer->size() > limits::kOriginBytes;
    return check_sent_origin("Referer", is_long ? "" : origin_part(*headers.referer), allowed);
  }
  return headers.sec_fetch_site
             ? Status()
             : Status(Error(ErrorCode::kPermissionDenied,
                            "the request says by no header (Origin, Referer, Sec-Fetch-Site) which "
                            "page it comes from; use a current browser, or a token"));
}

}  // namespace wattle::access
