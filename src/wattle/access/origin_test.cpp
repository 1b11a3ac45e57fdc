#include "wattle/access/origin.h"

#include <vector>

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/base/limits.h"

namespace wattle::access {
namespace {

AllowedOrigins ours(const std::vector<std::string>& names = {}) {
  auto allowed = AllowedOrigins::create(Scheme::kHttp, 8080, names);
  EXPECT_TRUE(allowed.ok()) << allowed.error().message();
  return *std::move(allowed);
}

TEST(Host, PassesWhenItIsExactlyOurs) {
  for (const char* host : {"localhost:8080", "LOCALHOST:8080", "LocalHost:8080", "127.0.0.1:8080",
                           "[::1]:8080", "[0:0:0:0:0:0:0:1]:8080", "[0000::0001]:8080"}) {
    const auto status = check_host(host, ours());
    EXPECT_TRUE(status.ok()) << host << ": " << status.error().message();
  }
}

TEST(Host, IsRefusedWhenItIsAnythingElse) {
  const std::vector<std::string> others{"",
                                        " ",
                                        "localhost",
                                        "127.0.0.1",
                                        "[::1]",
                                        "::1",
                                        "::1:8080",
                                        "localhost:",
                                        "localhost:80",
                                        "localhost:8081",
                                        "localhost:08080",
                                        "localhost:+8080",
                                        "localhost:8080 ",
                                        " localhost:8080",
                                        "localhost:8080:8080",
                                        "localhost:808080",
                                        "localhost:65536",
                                        "localhost:0",
                                        "localhost:-1",
                                        "localhost:0x1f90",
                                        "localhost.:8080",
                                        ".localhost:8080",
                                        "localhost.evil.com:8080",
                                        "localhost:8080.evil.com",
                                        "evil.localhost:8080",
                                        "evil-localhost:8080",
                                        "localhostevil:8080",
                                        "evil.com",
                                        "evil.com:8080",
                                        "user@localhost:8080",
                                        "localhost:8080@evil.com",
                                        "localhost:8080/",
                                        "localhost/:8080",
                                        "localhost%2eevil.com:8080",
                                        "localhost\\.evil.com:8080",
                                        "localhost:8080,evil.com",
                                        "localhost:8080\r\nX: y",
                                        "http://localhost:8080",
                                        "127.1:8080",
                                        "127.0.0.2:8080",
                                        "127.0.0.1.:8080",
                                        "127.0.0.1.evil.com:8080",
                                        "0177.0.0.1:8080",
                                        "2130706433:8080",
                                        "0x7f000001:8080",
                                        "0.0.0.0:8080",
                                        "[::]:8080",
                                        "[::1]8080",
                                        "[::1",
                                        "::1]:8080",
                                        "[::1]]:8080",
                                        "[::1%25lo]:8080",
                                        "[::1%lo]:8080",
                                        "[::ffff:127.0.0.1]:8080",
                                        "[127.0.0.1]:8080",
                                        "[localhost]:8080",
                                        "[]:8080",
                                        "l\xc3\xb6"
                                        "calhost:8080",
                                        std::string("localhost:8080\0", 15),
                                        std::string("[::1\0]:8080", 11),
                                        std::string("localhost\0.evil.com:8080", 24),
                                        std::string(1 << 20, 'a')};
  for (const std::string& host : others) {
    expect_error(check_host(host, ours()), ErrorCode::kPermissionDenied,
                 "not this server's, which is http://localhost:8080");
  }
  expect_error(check_host(std::nullopt, ours()), ErrorCode::kPermissionDenied, "add it to");
}

TEST(Host, PassesByItsConfiguredNames) {
  const auto named = ours({"Wattle.Example.org", "gpu:9000", "https://ml.example.org"});
  for (const char* host : {"wattle.example.org", "wattle.example.org:8080", "wattle.example.org:80",
                           "WATTLE.example.ORG", "gpu:9000", "ml.example.org", "ml.example.org:443",
                           "localhost:8080"}) {
    EXPECT_TRUE(check_host(host, named).ok()) << host;
  }
  for (const char* host : {"gpu", "gpu:8080", "ml.example.org:80", "ml.example.org:8080",
                           "example.org", "x.wattle.example.org", "wattle.example.org:443",
                           "wattle.example.org.evil.com", "wattle.example.org."}) {
    EXPECT_FALSE(check_host(host, named).ok()) << host;
  }
}

TEST(Host, WithTlsItsOwnPortIsAnother) {
  const auto allowed = *AllowedOrigins::create(Scheme::kHttps, 443, {});
  EXPECT_TRUE(check_host("localhost", allowed).ok());
  EXPECT_TRUE(check_host("localhost:443", allowed).ok());
  EXPECT_FALSE(check_host("localhost:80", allowed).ok());
}

TEST(AllowedOrigins, RefusesANameThatIsNone) {
  for (const char* name : {"", "*", "*.example.org", "a b", "http://", "ftp://a", "http://a/b",
                           "https://u@a", "a:0", "a."}) {
    const std::vector<std::string> names{name};
    expect_error(AllowedOrigins::create(Scheme::kHttp, 8080, names), ErrorCode::kInvalidArgument,
                 "name of the server");
  }
  const std::vector<std::string> many(limits::kAllowedNames + 1, "a");
  expect_error(AllowedOrigins::create(Scheme::kHttp, 8080, many), ErrorCode::kInvalidArgument,
               "at most 100 names, not 101");
}

struct Case {
  const char* origin = nullptr;
  const char* referer = nullptr;
  const char* sec_fetch_site = nullptr;
  bool passes = false;
};

MaybeHeader header(const char* text) {
  return text == nullptr ? MaybeHeader() : MaybeHeader(text);
}

TEST(Origin, DecidesWhereARequestComesFrom) {
  const std::string longest = "http://localhost:8080/" + std::string(limits::kOriginBytes, 'a');
  const std::vector<Case> cases{
      {"http://localhost:8080", nullptr, nullptr, true},
      {"http://localhost:8080", nullptr, "same-origin", true},
      {"http://127.0.0.1:8080", nullptr, nullptr, true},
      {"http://[::1]:8080", nullptr, nullptr, true},
      {"HTTP://LocalHost:8080", nullptr, nullptr, true},
      {nullptr, "http://localhost:8080/runs?q=a#b", nullptr, true},
      {nullptr, "http://localhost:8080", nullptr, true},
      {nullptr, "http://localhost:8080?x", nullptr, true},
      {nullptr, nullptr, "same-origin", true},
      {nullptr, nullptr, "none", true},
      {nullptr, nullptr, nullptr, false},
      {"", nullptr, nullptr, false},
      {"null", nullptr, nullptr, false},
      {"null", "http://localhost:8080/", "same-origin", false},
      {"https://localhost:8080", nullptr, nullptr, false},
      {"http://localhost", nullptr, nullptr, false},
      {"http://localhost:3000", nullptr, nullptr, false},
      {"http://localhost:8080/", nullptr, nullptr, false},
      {"http://localhost:8080.evil.com", nullptr, nullptr, false},
      {"http://localhost.evil.com:8080", nullptr, nullptr, false},
      {"http://localhost.:8080", nullptr, nullptr, false},
      {"http://localhost:8080@evil.com", nullptr, nullptr, false},
      {"http://evil.com", nullptr, nullptr, false},
      {"http://evil.com", "http://localhost:8080/", "same-origin", false},
      {"http://localhost:8080 http://evil.com", nullptr, nullptr, false},
      {"localhost:8080", nullptr, nullptr, false},
      {"file://localhost:8080", nullptr, nullptr, false},
      {"http://[::1%25lo]:8080", nullptr, nullptr, false},
      {"http://[::ffff:127.0.0.1]:8080", nullptr, nullptr, false},
      {"http://localhost:8080", nullptr, "cross-site", false},
      {"http://localhost:8080", nullptr, "same-site", false},
      {"http://localhost:8080", nullptr, "", false},
      {"http://localhost:8080", nullptr, "Same-Origin", false},
      {"http://localhost:8080", nullptr, "same-origin, none", false},
      {nullptr, "http://localhost:8080/", "same-site", false},
      {nullptr, "", nullptr, false},
      {nullptr, "http://evil.com/http://localhost:8080/", nullptr, false},
      {nullptr, "http://evil.com?http://localhost:8080/", nullptr, false},
      {nullptr, "http://evil.com#@localhost:8080/", nullptr, false},
      {nullptr, "http://evil.com\\@localhost:8080/", nullptr, false},
      {nullptr, "http://localhost:8080@evil.com/", nullptr, false},
      {nullptr, "http://user:pass@localhost:8080/", nullptr, false},
      {nullptr, "about:blank", nullptr, false},
      {nullptr, "/runs", nullptr, false},
      {nullptr, longest.c_str(), nullptr, false},
  };
  for (const Case& c : cases) {
    const auto status = check_origin({.origin = header(c.origin),
                                      .referer = header(c.referer),
                                      .sec_fetch_site = header(c.sec_fetch_site)},
                                     ours());
    EXPECT_EQ(status.ok(), c.passes)
        << (c.origin ? c.origin : "-") << " " << (c.referer ? c.referer : "-") << " "
        << (c.sec_fetch_site ? c.sec_fetch_site : "-");
  }
}

TEST(Origin, AProxysOriginPassesWithItsOwnScheme) {
  const auto named = ours({"https://ml.example.org"});
  EXPECT_TRUE(check_origin({.origin = "https://ml.example.org"}, named).ok());
  EXPECT_TRUE(check_origin({.origin = "https://ml.example.org:443"}, named).ok());
  EXPECT_FALSE(check_origin({.origin = "http://ml.example.org"}, named).ok());
  EXPECT_FALSE(check_origin({.origin = "https://ml.example.org:8080"}, named).ok());
}

TEST(Origin, AMessageHoldsNothingThatCouldBeAnotherLine) {
  const auto status = check_origin({.origin = "http://a\r\nSet-Cookie: '\x1b[31m"}, ours());
  ASSERT_FALSE(status.ok());
  for (const char c : {'\r', '\n', '\x1b'}) {
    EXPECT_EQ(status.error().message().find(c), std::string::npos);
  }
}

}  // namespace
}  // namespace wattle::access
