// What strangers send before they are known: secrets, the header Cookie, Host, Origin, Referer. The
// first line is a header, the rest is another.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/access/grant.h"
#include "wattle/access/names.h"
#include "wattle/access/origin.h"
#include "wattle/access/rate_limiter.h"
#include "wattle/access/secret.h"
#include "wattle/access/session_cookie.h"
#include "wattle/base/check.h"
#include "wattle/base/text.h"

namespace {

namespace access = wattle::access;

void check_secrets(std::string_view text) {
  for (const auto kind : {access::SecretKind::kToken, access::SecretKind::kLogin,
                          access::SecretKind::kSession, access::SecretKind::kCsrf}) {
    if (access::is_well_formed(kind, text)) {
      WATTLE_CHECK(
          access::without_secrets(text) == wattle::concat(access::prefix_of(kind, text), "..."),
          "a secret is taken out of what is logged");
    }
  }
  const std::string clean = access::without_secrets(text);
  WATTLE_CHECK(access::without_secrets(clean) == clean, "nothing is left to be taken out");
  WATTLE_CHECK(access::equal_in_constant_time(text, clean) == (text == clean), "equal is equal");
}

void check_origins(std::string_view first, std::string_view second) {
  static const auto allowed = *access::AllowedOrigins::create(
      access::Scheme::kHttp, 8080, std::vector<std::string>{"https://ml.example.org"});
  if (access::check_host(first, allowed).ok()) {
    const auto host = wattle::to_lower(first);
    WATTLE_CHECK(host == "localhost:8080" || host == "127.0.0.1:8080" || host == "ml.example.org" ||
                     host == "ml.example.org:443" || host.starts_with('['),
                 "only these hosts are ours");
  }
  if (access::check_origin({.origin = first, .sec_fetch_site = second}, allowed).ok()) {
    WATTLE_CHECK(second == "same-origin" || second == "none", "only our own pages ask");
    WATTLE_CHECK(allowed.holds(*access::parse_origin(first)), "only our own pages ask");
  }
  (void)access::check_origin({.referer = first}, allowed).ok();
  // What was read reads the same once more.
  if (const auto origin = access::parse_origin(first); origin.ok()) {
    const auto again = access::parse_origin(
        wattle::concat(origin->scheme == access::Scheme::kHttp ? "http://" : "https://",
                       origin->host, ":", origin->port));
    WATTLE_CHECK(again.ok() && *again == *origin, "an origin has one form");
  }
}

void check_cookies(std::string_view header) {
  if (const auto found = access::find_cookie(header, "s"); found.ok() && *found) {
    WATTLE_CHECK((*found)->find(';') == std::string_view::npos, "a value ends with its cookie");
    WATTLE_CHECK(header.find(**found) != std::string_view::npos, "a value is the header's");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT
  const std::size_t line = text.find('\n');
  const std::string_view first = text.substr(0, line);
  const std::string_view second =
      line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
  check_secrets(text);
  check_secrets(first);
  check_origins(first, second);
  check_cookies(text);
  (void)access::parse_scope(first).ok();
  if (access::check_name("user", first).ok()) {
    WATTLE_CHECK(access::parse_project_range(first).ok(), "users and projects are named alike");
  }
  WATTLE_CHECK(access::rate_key_of(access::rate_key_of(first)) == access::rate_key_of(first),
               "a key is its own key");
  return 0;
}
