#include "wattle/access/sessions.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/base/limits.h"

namespace wattle::access {
namespace {

class SessionsTest : public AccessTest {
 protected:
  std::string redeem_outcome(std::string_view link) {
    const auto redemption = sessions_->try_redeem(link);
    EXPECT_TRUE(redemption.ok()) << redemption.error().message();
    return std::string(redemption->session ? "admitted" : to_text(redemption->refusal));
  }
};
WATTLE_ON_BOTH_DATABASES(SessionsTest);

TEST_P(SessionsTest, ALinkOfTheOwnerOpensASessionOfTheOwner) {
  const auto opened = open_session(owner_);
  const auto session = sessions_->verify(opened.session.reveal());
  ASSERT_TRUE(session.ok()) << session.error().message();
  EXPECT_EQ(session->identity, opened.identity);
  EXPECT_EQ(session->identity.kind(), Identity::Kind::kSession);
  EXPECT_EQ(session->identity.actor(), "root");
  EXPECT_TRUE(session->identity.may_everywhere(Scope::kAdmin));
  EXPECT_EQ(last_topic(), "access.session_started");
}

TEST_P(SessionsTest, ASessionMayWhatItsTokenMayAndEndsWithIt) {
  const auto made = make_token(Scope::kWrite, ProjectRange::one("digits"));
  const auto opened = open_session(*tokens_->verify(made.secret.reveal()));
  const Identity identity = sessions_->verify(opened.session.reveal())->identity;
  EXPECT_EQ(identity.actor(), "ada");
  EXPECT_TRUE(identity.may(Scope::kWrite, "digits"));
  EXPECT_FALSE(identity.may(Scope::kAdmin, "digits"));
  EXPECT_FALSE(identity.may(Scope::kRead, "other"));
  expect_error(sessions_->create_link(identity), ErrorCode::kPermissionDenied, "cannot make");
  ASSERT_TRUE(tokens_->revoke(owner_, made.token.id).ok());
  EXPECT_EQ(session_outcome(opened.session.reveal()), "unknown");
}

TEST_P(SessionsTest, ASessionEndsNoLaterThanItsToken) {
  const auto made = make_token(Scope::kRead, ProjectRange::all(), clock_.utc_now() + Seconds(600));
  const auto opened = open_session(*tokens_->verify(made.secret.reveal()));
  EXPECT_EQ(opened.expires, *made.token.expires);
  clock_.advance(Seconds(598));
  EXPECT_EQ(session_outcome(opened.session.reveal()), "admitted");
  clock_.advance(Seconds(2));
  EXPECT_EQ(session_outcome(opened.session.reveal()), "expired");
}

TEST_P(SessionsTest, ALinkIsGoodOnceAndForAMinute) {
  SeededRandom others(99);
  const auto used = sessions_->create_link(owner_);
  EXPECT_EQ(redeem_outcome(used->reveal()), "admitted");
  EXPECT_EQ(redeem_outcome(used->reveal()), "used already");
  const auto late = sessions_->create_link(owner_);
  clock_.advance(Seconds(60));
  EXPECT_EQ(redeem_outcome(late->reveal()), "expired");
  EXPECT_EQ(redeem_outcome("x"), "malformed");
  EXPECT_EQ(redeem_outcome(make_secret(SecretKind::kLogin, others).reveal()), "unknown");
  expect_error(sessions_->redeem(late->reveal()), ErrorCode::kPermissionDenied,
               refused().message());
}

TEST_P(SessionsTest, OfManyWhoRedeemALinkAtOnceOneGetsTheSession) {
  const auto elsewhere_database = open();
  Sessions elsewhere(*elsewhere_database, clock_, random_);
  for (int round = 0; round < 10; ++round) {
    const auto link = sessions_->create_link(owner_);
    std::atomic<int> winners = 0;
    std::atomic<int> losers = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        Sessions& sessions = i % 2 == 0 ? *sessions_ : elsewhere;
        const auto redemption = sessions.try_redeem(link->reveal());
        winners += redemption.ok() && redemption->session ? 1 : 0;
        losers += redemption.ok() && redemption->refusal == Refusal::kUsed ? 1 : 0;
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(losers, 5);
    EXPECT_EQ(integer("SELECT COUNT(*) FROM access_sessions"), round + 1);
  }
}

TEST_P(SessionsTest, EndsTwelveHoursAfterItBeganHoweverBusy) {
  const auto opened = open_session(owner_);
  for (int hour = 1; hour < 12; ++hour) {
    clock_.advance(Seconds(3600));
    ASSERT_EQ(session_outcome(opened.session.reveal()), "admitted") << hour;
  }
  clock_.advance(Seconds(3599));
  EXPECT_EQ(session_outcome(opened.session.reveal()), "admitted");
  clock_.advance(Seconds(1));
  EXPECT_EQ(session_outcome(opened.session.reveal()), "expired");
}

TEST_P(SessionsTest, EndsAfterTwoHoursWithoutARequest) {
  const auto opened = open_session(owner_);
  clock_.advance(Seconds(7199));
  EXPECT_EQ(session_outcome(opened.session.reveal()), "admitted");
  clock_.advance(Seconds(7199));
  EXPECT_EQ(session_outcome(opened.session.reveal()), "admitted");
  clock_.advance(Seconds(7200));
  EXPECT_EQ(session_outcome(opened.session.reveal()), "expired");
}

TEST_P(SessionsTest, ThatItWasSeenIsNotedAtMostOnceAMinute) {
  const auto opened = open_session(owner_);
  const auto seen = [&] { return integer("SELECT last_seen_ns FROM access_sessions"); };
  const auto began = clock_.utc_now();
  clock_.advance(Seconds(59));
  ASSERT_EQ(session_outcome(opened.session.reveal()), "admitted");
  EXPECT_EQ(seen(), began.ns);
  clock_.advance(Seconds(1));
  ASSERT_EQ(session_outcome(opened.session.reveal()), "admitted");
  EXPECT_EQ(seen(), (began + Seconds(60)).ns);
}

TEST_P(SessionsTest, AChangeNeedsTheSecretOfItsOwnSession) {
  const auto first = open_session(owner_);
  const auto second = open_session(owner_);
  const auto session = sessions_->verify(first.session.reveal());
  EXPECT_TRUE(Sessions::check_csrf(*session, first.csrf.reveal()).ok());
  for (const std::string& wrong : {second.csrf.reveal(), first.session.reveal(), std::string(),
                                   hash_of(first.csrf.reveal())}) {
    expect_error(Sessions::check_csrf(*session, wrong), ErrorCode::kPermissionDenied,
                 "load the page again");
  }
}

TEST_P(SessionsTest, NoRowAndNoEventHoldsASecret) {
  const auto link = sessions_->create_link(owner_);
  const auto opened = sessions_->redeem(link->reveal());
  ASSERT_TRUE(opened.ok());
  const std::string rows = texts(
      "SELECT id || hash || csrf_hash || actor FROM access_sessions UNION ALL "
      "SELECT id || hash || actor FROM access_login_links UNION ALL "
      "SELECT topic || subject || payload FROM events");
  for (const std::string& secret :
       {link->reveal(), opened->session.reveal(), opened->csrf.reveal()}) {
    EXPECT_EQ(rows.find(secret.substr(secret.size() - 49)), std::string::npos);
  }
}

TEST_P(SessionsTest, LogoutEndsThatSessionOnly) {
  const auto first = open_session(owner_);
  const auto second = open_session(owner_);
  ASSERT_TRUE(sessions_->logout(first.identity).ok());
  EXPECT_EQ(last_topic(), "access.session_ended");
  const auto events = integer("SELECT COUNT(*) FROM events");
  EXPECT_TRUE(sessions_->logout(first.identity).ok());
  EXPECT_TRUE(sessions_->logout(owner_).ok());
  EXPECT_EQ(integer("SELECT COUNT(*) FROM events"), events);
  EXPECT_EQ(session_outcome(first.session.reveal()), "unknown");
  EXPECT_EQ(session_outcome(second.session.reveal()), "admitted");
}

TEST_P(SessionsTest, ADisabledUsersSessionsAndLinksEndButNotTheOwnersOfThatName) {
  const auto token = identity(Scope::kRead);
  const auto opened = open_session(token);
  const auto link = sessions_->create_link(token);
  const auto of_owner = open_session(Identity::owner("ada"));
  ASSERT_TRUE(users_->update(owner_, "ada", {.is_disabled = true}).ok());
  EXPECT_EQ(session_outcome(opened.session.reveal()), "unknown");
  EXPECT_EQ(redeem_outcome(link->reveal()), "unknown");
  EXPECT_EQ(session_outcome(of_owner.session.reveal()), "admitted");
}

TEST_P(SessionsTest, ARowThatOutlivedItsUserOpensNothing) {
  const auto token = identity(Scope::kRead);
  const auto opened = open_session(token);
  const auto link = sessions_->create_link(token);
  ASSERT_TRUE(execute("UPDATE access_users SET disabled = 1").ok());
  EXPECT_EQ(session_outcome(opened.session.reveal()), "user disabled");
  EXPECT_EQ(redeem_outcome(link->reveal()), "user disabled");
  ASSERT_TRUE(execute("UPDATE access_users SET disabled = 0").ok());
  ASSERT_TRUE(execute("UPDATE access_tokens SET revoked_ns = 1").ok());
  EXPECT_EQ(session_outcome(opened.session.reveal()), "revoked");
  EXPECT_EQ(redeem_outcome(link->reveal()), "revoked");
  ASSERT_TRUE(execute("DELETE FROM access_users").ok());
  EXPECT_EQ(session_outcome(opened.session.reveal()), "user removed");
}

TEST_P(SessionsTest, WhatIsOverIsSweptAndNothingElse) {
  const auto idle = open_session(owner_);
  clock_.advance(Seconds(7000));
  const auto live = open_session(owner_);
  const auto fresh_link = sessions_->create_link(owner_);
  EXPECT_EQ(sessions_->sweep()->sessions, 0);
  clock_.advance(Seconds(200));
  const auto swept = sessions_->sweep();
  ASSERT_TRUE(swept.ok()) << swept.error().message();
  EXPECT_EQ(swept->sessions, 1);
  EXPECT_EQ(session_outcome(idle.session.reveal()), "unknown");
  EXPECT_EQ(session_outcome(live.session.reveal()), "admitted");
  EXPECT_EQ(integer("SELECT COUNT(*) FROM access_login_links"), 0);
}

TEST_P(SessionsTest, OpenLinksAndSessionsAreBounded) {
  for (std::int64_t i = 0; i < limits::kSessionsOfUser + 3; ++i) {
    clock_.advance(Seconds(1));
    open_session(owner_);
  }
  EXPECT_EQ(integer("SELECT COUNT(*) FROM access_sessions"), limits::kSessionsOfUser);
  for (std::int64_t i = 0; i < limits::kOpenLoginLinks; ++i) {
    ASSERT_TRUE(sessions_->create_link(owner_).ok()) << i;
  }
  expect_error(sessions_->create_link(owner_), ErrorCode::kFailedPrecondition, "wait a minute");
  clock_.advance(Seconds(60));
  EXPECT_TRUE(sessions_->create_link(owner_).ok());
}

}  // namespace
}  // namespace wattle::access
