#include "wattle/access/session_cookie.h"

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

TEST(SessionCookie, IsKeptFromScriptsAndOtherSites) {
  SeededRandom random(1);
  const Secret session = make_secret(SecretKind::kSession, random);
  const Secret csrf = make_secret(SecretKind::kCsrf, random);
  const CookieName plain{SecretKind::kSession, Scheme::kHttp, 8080};
  EXPECT_EQ(set_cookie(plain, session, Seconds(43200)),
            concat("wattle_session_8080=", session.reveal(),
                   "; Path=/; Max-Age=43200; SameSite=Strict; HttpOnly"));
  EXPECT_EQ(set_cookie({SecretKind::kSession, Scheme::kHttps, 8443}, session, Seconds(60)),
            concat("__Host-wattle_session_8443=", session.reveal(),
                   "; Path=/; Max-Age=60; SameSite=Strict; HttpOnly; Secure"));
  EXPECT_EQ(set_cookie({SecretKind::kCsrf, Scheme::kHttp, 8080}, csrf, Seconds(60)),
            concat("wattle_csrf_8080=", csrf.reveal(), "; Path=/; Max-Age=60; SameSite=Strict"));
  EXPECT_EQ(clear_cookie(plain),
            "wattle_session_8080=; Path=/; Max-Age=0; SameSite=Strict; HttpOnly");
}

TEST(Cookie, IsFoundAmongOthersByItsExactName) {
  const auto found = [](std::string_view header) { return *find_cookie(header, "s"); };
  EXPECT_EQ(found("s=1"), "1");
  EXPECT_EQ(found("a=b; s=1; c=d"), "1");
  EXPECT_EQ(found("a=b;s=1"), "1");
  EXPECT_EQ(found("s=1; s=1"), "1");
  EXPECT_EQ(found("s=a=b"), "a=b");
  EXPECT_EQ(found("s="), "");
  EXPECT_EQ(found("\"s=2\"; s=1"), "1");
  for (const char* header : {"", ";", "s", "=1", "S=1", "ss=1", "a=s=1", "__Host-s=1"}) {
    EXPECT_FALSE(found(header).has_value()) << header;
  }
}

TEST(Cookie, ThatContradictsItselfIsRefused) {
  expect_error(find_cookie("s=1; a=b; s=2", "s"), ErrorCode::kInvalidArgument, "twice");
}

TEST(Cookie, AHeaderIsBounded) {
  expect_error(find_cookie(std::string(limits::kCookieHeaderBytes + 1, 'a'), "s"),
               ErrorCode::kInvalidArgument, "longer than 16384 bytes");
  expect_error(find_cookie(std::string(limits::kCookies + 1, ';'), "s"),
               ErrorCode::kInvalidArgument, "more than 200 cookies");
}

}  // namespace
}  // namespace wattle::access
