// Who is let in, by what they bring: each case is a request as it comes from the network.
#include "wattle/server/doorkeeper.h"

#include <gtest/gtest.h>

#include "wattle/access/access_schema.h"
#include "wattle/access/session_cookie.h"
#include "wattle/access/users.h"
#include "wattle/store/migrations.h"
#include "wattle/store/open_database.h"
#include "wattle/store/store_schema.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::server {
namespace {

constexpr std::uint16_t kPort = 8080;
constexpr std::uint32_t kOwner = 1000;

class DoorkeeperTest : public ::testing::Test {
 protected:
  DoorkeeperTest() {
    const std::vector<store::Schema> schemas{store::store_schema(), access::access_schema()};
    EXPECT_TRUE(store::migrate(*database_, schemas, clock_, {.program = "test"}).ok());
    keeper_.add_port(kPort, *access::AllowedOrigins::create(access::Scheme::kHttp, kPort, {}));
    EXPECT_TRUE(users_.create(owner_, {.name = "ada"}).ok());
  }

  net::HttpRequest request(const std::string& method = "GET") const {
    net::HttpRequest request{.method = method, .target = "/api/v1/runs"};
    request.headers.set("Host", "127.0.0.1:8080");
    request.peer = {.transport = net::Transport::kTcp, .address = "127.0.0.1", .local_port = kPort};
    return request;
  }
  std::string token(access::Scope scope = access::Scope::kRead) {
    auto made = tokens_.create(
        owner_,
        {.user = "ada", .name = "laptop", .projects = access::ProjectRange::all(), .scope = scope});
    EXPECT_TRUE(made.ok()) << made.error().message();
    return made->secret.reveal();
  }
  net::HttpRequest with_token(const std::string& secret) {
    auto asked = request();
    asked.headers.set("Authorization", "Bearer " + secret);
    return asked;
  }
  /// A request of our own page in a session's browser.
  net::HttpRequest from_browser(const access::OpenedSession& session, const std::string& method) {
    auto asked = request(method);
    const access::CookieName name{.kind = access::SecretKind::kSession, .port = kPort};
    asked.headers.set("Cookie", name.text() + "=" + session.session.reveal());
    asked.headers.set("Origin", "http://127.0.0.1:8080");
    asked.headers.set("Wattle-Csrf", session.csrf.reveal());
    return asked;
  }
  access::OpenedSession session() {
    const auto link = sessions_.create_link(owner_);
    return std::move(*sessions_.redeem(link->reveal()));
  }
  int status(const net::HttpRequest& asked) {
    const auto answer = keeper_.admit(asked);
    return answer.identity ? 200 : answer.status;
  }

  support::TemporaryFolder folder_;
  SimulatedClock clock_;
  access::KernelRandom random_;
  std::unique_ptr<store::Database> database_{
      *store::open_database({.home = folder_.path(), .url = ""})};
  access::Identity owner_ = access::Identity::owner("root");
  access::Tokens tokens_{*database_, clock_, random_};
  access::Users users_{*database_, clock_, tokens_};
  access::Sessions sessions_{*database_, clock_, random_};
  Doorkeeper keeper_{{.clock = clock_,
                      .tokens = tokens_,
                      .sessions = sessions_,
                      .owner = "root",
                      .owner_id = kOwner}};
};

TEST_F(DoorkeeperTest, TheUnixSocketIsItsOwners) {
  net::HttpRequest asked{.method = "POST", .target = "/api/v1/runs"};
  asked.peer = {.transport = net::Transport::kUnix, .user = kOwner};
  const auto answer = keeper_.admit(asked);
  ASSERT_TRUE(answer.identity);
  EXPECT_EQ(answer.identity->kind(), access::Identity::Kind::kOwner);
  asked.peer.user = 0;
  EXPECT_EQ(status(asked), 200) << "the host's administrator may do everything anyway";
  asked.peer.user = kOwner + 1;
  EXPECT_EQ(status(asked), 403);
  asked.peer.user = std::nullopt;
  EXPECT_EQ(status(asked), 403) << "the kernel does not say who it is";
}

TEST_F(DoorkeeperTest, NobodyIsLetInOverTcp) {
  EXPECT_EQ(status(request()), 401);
}

TEST_F(DoorkeeperTest, ATokenIsItsUser) {
  auto asked = with_token(token(access::Scope::kWrite));
  const auto answer = keeper_.admit(asked);
  ASSERT_TRUE(answer.identity) << answer.message;
  EXPECT_EQ(answer.identity->actor(), "ada");
  EXPECT_TRUE(answer.identity->may(access::Scope::kWrite, "digits"));
  EXPECT_FALSE(answer.identity->may(access::Scope::kAdmin, "digits"));
  asked.headers.set("Authorization", "bEARER " + token());
  EXPECT_EQ(status(asked), 200) << "the scheme's case does not matter";
}

TEST_F(DoorkeeperTest, WhatIsNoTokenSaysOneThingToEverybody) {
  const auto real = token();
  ASSERT_TRUE(users_.update(owner_, "ada", {.is_disabled = true}).ok());
  const auto disabled = keeper_.admit(with_token(real));
  const auto unknown = keeper_.admit(with_token("wattle_token_x"));
  EXPECT_EQ(disabled.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(disabled.message, unknown.message);
  EXPECT_NE(disabled.reason, unknown.reason) << "the log tells them apart";
}

TEST_F(DoorkeeperTest, GuessingIsSlow) {
  const auto real = token();
  for (int guess = 0; guess < 5; ++guess) {
    EXPECT_EQ(status(with_token("wattle_token_x")), 401);
  }
  const auto refused = keeper_.admit(with_token("wattle_token_x"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_GT(refused.retry_after, Seconds(1));
  auto elsewhere = with_token(real);
  elsewhere.peer.address = "127.0.0.2";
  EXPECT_EQ(status(elsewhere), 200) << "another address is not to blame";
  clock_.advance(Seconds(60));
  EXPECT_EQ(status(with_token(real)), 200);
}

TEST_F(DoorkeeperTest, AnAddressOfTheNetworkMayAskSoOften) {
  auto asked = with_token(token());
  asked.peer.address = "192.0.2.7";
  int admitted = 0;
  while (admitted < 10'000 && status(asked) == 200) {
    ++admitted;
  }
  EXPECT_GT(admitted, 100);
  EXPECT_LT(admitted, 1000);
  EXPECT_EQ(keeper_.admit(asked).status, 429);
  asked.peer.address = "127.0.0.1";
  EXPECT_EQ(status(asked), 200) << "programs of this host may";
}

TEST_F(DoorkeeperTest, ANameThatIsNotOursIsRefusedBeforeAnything) {
  const auto secret = token();
  for (const auto* host : {"evil.example", "localhost.evil.example:8080", "127.0.0.1:8081",
                           "127.0.0.1", "", "user@127.0.0.1:8080"}) {
    auto asked = with_token(secret);
    asked.headers.set("Host", host);
    EXPECT_EQ(status(asked), 403) << host;
  }
  auto without = with_token(secret);
  without.headers.remove("Host");
  EXPECT_EQ(status(without), 403);
  auto elsewhere = with_token(secret);
  elsewhere.peer.local_port = 9999;
  EXPECT_EQ(status(elsewhere), 403) << "a port that nobody opened";
}

TEST_F(DoorkeeperTest, AHeaderThatIsThereTwiceIsRefused) {
  const auto secret = token();
  for (const auto* name : {"Host", "AUTHORIZATION", "cookie", "Origin"}) {
    auto asked = with_token(secret);
    asked.headers.add("Cookie", "a=b");
    asked.headers.add("Origin", "http://127.0.0.1:8080");
    asked.headers.add(name, std::string(*asked.headers.find(name)));
    EXPECT_EQ(status(asked), 400) << name;
  }
}

TEST_F(DoorkeeperTest, ASessionIsWhoeverMadeItsLink) {
  const auto opened = session();
  const auto answer = keeper_.admit(from_browser(opened, "POST"));
  ASSERT_TRUE(answer.identity) << answer.message;
  EXPECT_EQ(answer.identity->kind(), access::Identity::Kind::kSession);
  EXPECT_EQ(answer.identity->actor(), "root");
}

TEST_F(DoorkeeperTest, ForeignPagesCannotUseTheCookie) {
  const auto opened = session();
  auto foreign = from_browser(opened, "POST");
  foreign.headers.set("Origin", "https://evil.example");
  EXPECT_EQ(status(foreign), 403);
  foreign.headers.set("Origin", "null");
  EXPECT_EQ(status(foreign), 403);
  foreign.headers.remove("Origin");
  EXPECT_EQ(status(foreign), 403) << "a browser says where it comes from";
  auto cross_site = from_browser(opened, "POST");
  cross_site.headers.set("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(status(cross_site), 403);
  auto other_port = from_browser(opened, "DELETE");
  other_port.headers.set("Origin", "http://127.0.0.1:9090");
  EXPECT_EQ(status(other_port), 403) << "another server of this host";
}

TEST_F(DoorkeeperTest, WhatChangesSomethingNeedsTheSecretOfThePage) {
  const auto opened = session();
  auto without = from_browser(opened, "PATCH");
  without.headers.remove("Wattle-Csrf");
  EXPECT_EQ(status(without), 403);
  auto wrong = from_browser(opened, "PATCH");
  wrong.headers.set("Wattle-Csrf", session().csrf.reveal());
  EXPECT_EQ(status(wrong), 403) << "another session's";
  auto reads = from_browser(opened, "GET");
  reads.headers.remove("Wattle-Csrf");
  EXPECT_EQ(status(reads), 200);
}

TEST_F(DoorkeeperTest, ACookieOfAnotherServerOfThisHostIsNone) {
  const auto opened = session();
  auto asked = request();
  const access::CookieName other{.kind = access::SecretKind::kSession, .port = 9090};
  asked.headers.set("Cookie", other.text() + "=" + opened.session.reveal());
  EXPECT_EQ(status(asked), 401);
}

TEST_F(DoorkeeperTest, ASessionThatHasEndedIsNone) {
  const auto opened = session();
  ASSERT_TRUE(sessions_.logout(opened.identity).ok());
  EXPECT_EQ(status(from_browser(opened, "GET")), 401);
}

}  // namespace
}  // namespace wattle::server
