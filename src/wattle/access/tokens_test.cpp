#include "wattle/access/tokens.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/base/limits.h"

namespace wattle::access {
namespace {

class TokensTest : public AccessTest {};
WATTLE_ON_BOTH_DATABASES(TokensTest);

TEST_P(TokensTest, ATokenIsWhoItsUserIsAndMayWhatItSays) {
  const auto made = make_token(Scope::kWrite, ProjectRange::one("digits"));
  const auto identity = tokens_->verify(made.secret.reveal());
  ASSERT_TRUE(identity.ok()) << identity.error().message();
  EXPECT_EQ(identity->kind(), Identity::Kind::kToken);
  EXPECT_EQ(identity->actor(), "ada");
  EXPECT_EQ(identity->grant().token_id, made.token.id);
  EXPECT_TRUE(identity->may(Scope::kWrite, "digits"));
  EXPECT_FALSE(identity->may(Scope::kAdmin, "digits"));
  EXPECT_FALSE(identity->may(Scope::kRead, "other"));
}

TEST_P(TokensTest, NoRowAndNoEventHoldsTheSecret) {
  const auto made = make_token();
  ASSERT_EQ(outcome(made.secret.reveal()), "admitted");
  const std::string rows = texts(
      "SELECT id || user_name || name || hash || prefix || scope || project || actor "
      "FROM access_tokens UNION ALL SELECT topic || project || actor || subject || payload "
      "FROM events");
  const std::string random_part = made.secret.reveal().substr(17);
  EXPECT_EQ(rows.find(random_part), std::string::npos);
  EXPECT_NE(rows.find(hash_of(made.secret.reveal())), std::string::npos);
  EXPECT_EQ(texts("SELECT payload FROM events").find(hash_of(made.secret.reveal())),
            std::string::npos);
  EXPECT_EQ(last_topic(), "access.token_created");
  EXPECT_EQ(texts("SELECT actor FROM events WHERE subject = ?", {made.token.id}), "root");
}

TEST_P(TokensTest, ARefusalIsTheSameForAStrangerAndHasItsReasonForTheLog) {
  SeededRandom others(99);
  const auto revoked = make_token();
  const auto expired =
      make_token(Scope::kRead, ProjectRange::all(), clock_.utc_now() + Seconds(60));
  const auto disabled = make_token();
  const std::string unknown = make_secret(SecretKind::kToken, others).reveal();
  ASSERT_TRUE(tokens_->revoke(owner_, revoked.token.id).ok());
  EXPECT_EQ(outcome(expired.secret.reveal()), "admitted");
  clock_.advance(Seconds(60));
  EXPECT_EQ(outcome("Bearer"), "malformed");
  EXPECT_EQ(outcome(unknown), "unknown");
  EXPECT_EQ(outcome(revoked.secret.reveal()), "revoked");
  EXPECT_EQ(outcome(expired.secret.reveal()), "expired");
  ASSERT_TRUE(users_->update(owner_, "ada", {.is_disabled = true}).ok());
  EXPECT_EQ(outcome(disabled.secret.reveal()), "user disabled");
  for (const std::string& text : {std::string("x"), unknown, revoked.secret.reveal(),
                                  expired.secret.reveal(), disabled.secret.reveal()}) {
    const auto identity = tokens_->verify(text);
    ASSERT_FALSE(identity.ok());
    EXPECT_EQ(identity.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(identity.error().message(), refused().message());
  }
}

TEST_P(TokensTest, ATokenThatExpiresWhileItIsRememberedIsRefused) {
  const auto made = make_token(Scope::kRead, ProjectRange::all(), clock_.utc_now() + Seconds(3));
  EXPECT_EQ(outcome(made.secret.reveal()), "admitted");
  clock_.advance(Seconds(1.5));
  EXPECT_EQ(outcome(made.secret.reveal()), "admitted");
  clock_.advance(Seconds(1));
  EXPECT_EQ(outcome(made.secret.reveal()), "expired");
}

TEST_P(TokensTest, IsReadFromTheDatabaseOnceInFiveSeconds) {
  const auto made = make_token();
  ASSERT_EQ(outcome(made.secret.reveal()), "admitted");
  // What another process does is not seen at once, and seen in time.
  ASSERT_TRUE(execute("UPDATE access_tokens SET revoked_ns = 1").ok());
  clock_.advance(Seconds(4.9));
  EXPECT_EQ(outcome(made.secret.reveal()), "admitted");
  clock_.advance(Seconds(0.2));
  EXPECT_EQ(outcome(made.secret.reveal()), "revoked");
}

TEST_P(TokensTest, ARevocationHoldsAtOnceHereAndInFiveSecondsElsewhere) {
  const auto made = make_token();
  const auto elsewhere_database = open();
  Tokens elsewhere(*elsewhere_database, clock_, random_);
  ASSERT_EQ(outcome(made.secret.reveal()), "admitted");
  ASSERT_EQ(outcome(elsewhere, made.secret.reveal()), "admitted");
  ASSERT_TRUE(tokens_->revoke(owner_, made.token.id).ok());
  EXPECT_EQ(outcome(made.secret.reveal()), "revoked");
  clock_.advance(Seconds(5));
  EXPECT_EQ(outcome(elsewhere, made.secret.reveal()), "revoked");
}

TEST_P(TokensTest, OnceARevocationHasReturnedNoThreadIsAdmitted) {
  for (int round = 0; round < 10; ++round) {
    const auto made = make_token();
    std::atomic<bool> is_revoked = false;
    std::atomic<int> admitted_before = 0;
    std::atomic<int> admitted_after = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        bool was_refused = false;
        while (!was_refused) {
          const bool began_after = is_revoked;
          const auto verdict = tokens_->examine(made.secret.reveal());
          const bool is_admitted = verdict.ok() && verdict->identity;
          (began_after ? admitted_after : admitted_before) += is_admitted ? 1 : 0;
          was_refused = !is_admitted || began_after;
        }
      });
    }
    const auto revoked = tokens_->revoke(owner_, made.token.id);
    is_revoked = true;
    for (auto& thread : threads) {
      thread.join();
    }
    ASSERT_TRUE(revoked.ok()) << revoked.error().message();
    EXPECT_EQ(admitted_after, 0);
  }
}

TEST_P(TokensTest, TheLastUseIsNotedAtMostOnceAMinute) {
  const auto made = make_token();
  const auto first = clock_.utc_now();
  EXPECT_EQ(tokens_->get(made.token.id)->last_used, std::nullopt);
  ASSERT_EQ(outcome(made.secret.reveal()), "admitted");
  EXPECT_EQ(tokens_->get(made.token.id)->last_used, first);
  for (int i = 0; i < 5; ++i) {
    clock_.advance(Seconds(11));
    ASSERT_EQ(outcome(made.secret.reveal()), "admitted");
    EXPECT_EQ(tokens_->get(made.token.id)->last_used, first);
  }
  clock_.advance(Seconds(5));
  ASSERT_EQ(outcome(made.secret.reveal()), "admitted");
  EXPECT_EQ(tokens_->get(made.token.id)->last_used, first + Seconds(60));
}

TEST_P(TokensTest, IsMadeByAnAdministratorOfWhatItIsForOnly) {
  const auto wanted = [](ProjectRange projects) {
    return NewToken{.user = "ada",
                    .name = "t",
                    .projects = std::move(projects),
                    .scope = Scope::kRead,
                    .expires = {}};
  };
  const Identity of_one = identity(Scope::kAdmin, ProjectRange::one("digits"));
  const Identity writer = identity(Scope::kWrite);
  EXPECT_TRUE(tokens_->create(of_one, wanted(ProjectRange::one("digits"))).ok());
  expect_error(tokens_->create(of_one, wanted(ProjectRange::one("other"))),
               ErrorCode::kPermissionDenied, "admin in project 'other'");
  expect_error(tokens_->create(of_one, wanted(ProjectRange::all())), ErrorCode::kPermissionDenied);
  expect_error(tokens_->create(writer, wanted(ProjectRange::one("digits"))),
               ErrorCode::kPermissionDenied);
}

TEST_P(TokensTest, IsRevokedByAnAdministratorOfWhatItIsForOrByItself) {
  const auto made = make_token(Scope::kRead, ProjectRange::one("digits"));
  const auto other = make_token(Scope::kWrite);
  const Identity itself = *tokens_->verify(made.secret.reveal());
  const Identity writer = *tokens_->verify(other.secret.reveal());
  expect_error(tokens_->revoke(writer, made.token.id), ErrorCode::kPermissionDenied);
  expect_error(tokens_->revoke(itself, other.token.id), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(tokens_->revoke(itself, made.token.id).ok());
  const auto revoked = tokens_->get(made.token.id)->revoked;
  ASSERT_TRUE(revoked.has_value());
  EXPECT_EQ(last_topic(), "access.token_revoked");
  const auto events = integer("SELECT COUNT(*) FROM events");
  clock_.advance(Seconds(1));
  EXPECT_TRUE(tokens_->revoke(owner_, made.token.id).ok());
  EXPECT_EQ(tokens_->get(made.token.id)->revoked, revoked);
  EXPECT_EQ(integer("SELECT COUNT(*) FROM events"), events);
  expect_error(tokens_->revoke(owner_, "01"), ErrorCode::kNotFound, "no token '01'");
}

TEST_P(TokensTest, WhatCannotBeIsRefusedWithAReason) {
  const auto create = [&](NewToken wanted) { return tokens_->create(owner_, wanted); };
  const auto all = ProjectRange::all();
  expect_error(create({.user = "bob", .name = "t", .projects = all}), ErrorCode::kNotFound,
               "no user 'bob'");
  expect_error(create({.user = "ada", .name = "", .projects = all}), ErrorCode::kInvalidArgument,
               "token '' is empty");
  expect_error(create({.user = "ada", .name = "a\nb", .projects = all}),
               ErrorCode::kInvalidArgument, "control character");
  expect_error(create({.user = "ada", .name = "t", .projects = ProjectRange::one("*")}),
               ErrorCode::kInvalidArgument, "project '*'");
  expect_error(create({.user = "ada", .name = "t", .projects = all, .expires = clock_.utc_now()}),
               ErrorCode::kInvalidArgument, "is over");
  ASSERT_TRUE(users_->update(owner_, "ada", {.is_disabled = true}).ok());
  expect_error(create({.user = "ada", .name = "t", .projects = all}),
               ErrorCode::kFailedPrecondition, "disabled");
}

TEST_P(TokensTest, AListingGoesOnBehindItsLastIdAndShowsNoSecret) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(
        make_token(Scope::kRead, i == 2 ? ProjectRange::one("digits") : ProjectRange::all())
            .token.id);
  }
  std::vector<std::string> seen;
  std::string after;
  for (;;) {
    const auto page = tokens_->list({}, after, 2);
    ASSERT_TRUE(page.ok()) << page.error().message();
    if (page->empty()) {
      break;
    }
    for (const auto& token : *page) {
      seen.push_back(token.id);
    }
    after = seen.back();
  }
  EXPECT_EQ(seen, ids);
  EXPECT_EQ(tokens_->list({.project = "other"}, "", 10)->size(), 4U);
  EXPECT_EQ(tokens_->list({.project = "digits"}, "", 10)->size(), 5U);
  EXPECT_EQ(tokens_->list({.user = "bob"}, "", 10)->size(), 0U);
  EXPECT_EQ(tokens_->list({.user = "ada"}, "", 0)->size(), 1U);  // a page has a row
}

TEST_P(TokensTest, WhatIsLongOverIsSweptAndUnknownFromThenOn) {
  const auto revoked = make_token();
  const auto expired =
      make_token(Scope::kRead, ProjectRange::all(), clock_.utc_now() + Seconds(60));
  const auto good = make_token();
  ASSERT_TRUE(tokens_->revoke(owner_, revoked.token.id).ok());
  clock_.advance(Seconds(89 * 86400.0));
  EXPECT_EQ(*tokens_->sweep(), 0);
  clock_.advance(Seconds(2 * 86400.0));
  EXPECT_EQ(*tokens_->sweep(), 2);
  EXPECT_EQ(outcome(revoked.secret.reveal()), "unknown");
  EXPECT_EQ(outcome(good.secret.reveal()), "admitted");
}

TEST_P(TokensTest, AUserHasNoMoreTokensThanAreKept) {
  ASSERT_TRUE(database_
                  ->write([&](store::Session& session) -> Status {
                    for (std::int64_t i = 0; i < limits::kTokensOfUser; ++i) {
                      const std::string id = std::to_string(i);
                      WATTLE_RETURN_IF_ERROR(session.execute(
                          "INSERT INTO access_tokens (id, user_name, name, hash, prefix, scope, "
                          "project, actor, "
                          "created_ns) VALUES (?, 'ada', 't', ?, 'p', 'read', '*', 'root', 1)",
                          {id, id}));
                    }
                    return {};
                  })
                  .ok());
  expect_error(
      tokens_->create(owner_, {.user = "ada", .name = "t", .projects = ProjectRange::all()}),
      ErrorCode::kFailedPrecondition, "revoke tokens of user 'ada'");
  ASSERT_TRUE(tokens_->revoke(owner_, "7").ok());
  EXPECT_TRUE(
      tokens_->create(owner_, {.user = "ada", .name = "t", .projects = ProjectRange::all()}).ok());
}

}  // namespace
}  // namespace wattle::access
