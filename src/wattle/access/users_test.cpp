#include "wattle/access/users.h"

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/access/names.h"

namespace wattle::access {
namespace {

class UsersTest : public AccessTest {};
WATTLE_ON_BOTH_DATABASES(UsersTest);

TEST_P(UsersTest, AUserIsMadeOnceAndFoundAgain) {
  const auto made = users_->create(owner_, {.name = "bob", .display_name = "Bob Löfgren"});
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(*users_->get("bob"), *made);
  EXPECT_EQ(made->actor, "root");
  EXPECT_EQ(made->version, 1);
  EXPECT_EQ(last_topic(), "access.user_created");
  EXPECT_EQ(users_->get("ada")->display_name, "ada");
  expect_error(users_->create(owner_, {.name = "bob"}), ErrorCode::kAlreadyExists, "user 'bob'");
  expect_error(users_->create(owner_, {.name = "eve", .unix_account = "ada"}),
               ErrorCode::kAlreadyExists, "that of user 'ada'");
  expect_error(users_->get("nobody"), ErrorCode::kNotFound, "no user 'nobody'");
}

TEST_P(UsersTest, OnlyWhoIsAdminEverywhereChangesUsers) {
  const Identity of_project = identity(Scope::kAdmin, ProjectRange::one("digits"));
  const Identity writer = identity(Scope::kWrite);
  for (const Identity& by : {of_project, writer}) {
    expect_error(users_->create(by, {.name = "bob"}), ErrorCode::kPermissionDenied);
    expect_error(users_->update(by, "ada", {.display_name = "x"}), ErrorCode::kPermissionDenied);
    expect_error(users_->remove(by, "ada"), ErrorCode::kPermissionDenied);
  }
  EXPECT_TRUE(users_->create(identity(Scope::kAdmin), {.name = "bob"}).ok());
}

TEST_P(UsersTest, WhoSawAnOlderVersionChangesNothing) {
  const auto changed = users_->update(owner_, "ada", {.display_name = "Ada L."}, 1);
  ASSERT_TRUE(changed.ok()) << changed.error().message();
  EXPECT_EQ(changed->version, 2);
  EXPECT_EQ(*users_->get("ada"), *changed);
  EXPECT_EQ(last_topic(), "access.user_updated");
  expect_error(users_->update(owner_, "ada", {.display_name = "x"}, 1),
               ErrorCode::kFailedPrecondition, "at version 2, not 1; read it again");
  const auto events = integer("SELECT COUNT(*) FROM events");
  EXPECT_EQ(users_->update(owner_, "ada", {.display_name = "Ada L."})->version, 2);
  EXPECT_EQ(integer("SELECT COUNT(*) FROM events"), events);
  EXPECT_EQ(users_->update(owner_, "ada", {.unix_account = ""})->unix_account, std::nullopt);
  EXPECT_TRUE(users_->create(owner_, {.name = "eve", .unix_account = "ada"}).ok());
  expect_error(users_->update(owner_, "ada", {.unix_account = "ada"}), ErrorCode::kAlreadyExists);
}

TEST_P(UsersTest, ADisabledUserIsRefusedAtOnceAndComesBackWithTheSameTokens) {
  const auto made = make_token();
  ASSERT_EQ(outcome(made.secret.reveal()), "admitted");
  ASSERT_TRUE(users_->update(owner_, "ada", {.is_disabled = true}).ok());
  EXPECT_EQ(last_topic(), "access.user_disabled");
  EXPECT_EQ(outcome(made.secret.reveal()), "user disabled");
  ASSERT_TRUE(users_->update(owner_, "ada", {.is_disabled = false}).ok());
  EXPECT_EQ(last_topic(), "access.user_enabled");
  EXPECT_EQ(outcome(made.secret.reveal()), "admitted");
}

TEST_P(UsersTest, ARemovedUsersTokensSessionsAndQuotaGoAndDoNotComeBackWithTheName) {
  const auto made = make_token();
  const auto opened = open_session(*tokens_->verify(made.secret.reveal()));
  Quotas quotas(*database_, clock_);
  ASSERT_TRUE(quotas.set(owner_, {QuotaKind::kUser, "ada"}, {.jobs = 1}).ok());
  ASSERT_TRUE(users_->remove(owner_, "ada").ok());
  EXPECT_EQ(last_topic(), "access.user_removed");
  EXPECT_EQ(outcome(made.secret.reveal()), "user removed");
  EXPECT_EQ(session_outcome(opened.session.reveal()), "unknown");
  expect_error(users_->remove(owner_, "ada"), ErrorCode::kNotFound);
  ASSERT_TRUE(users_->create(owner_, {.name = "ada"}).ok());
  EXPECT_EQ(outcome(made.secret.reveal()), "revoked");
  EXPECT_EQ(quotas.get({QuotaKind::kUser, "ada"})->version, 0);
}

TEST_P(UsersTest, AListingGoesOnBehindItsLastNameInTheOrderOfBytes) {
  for (const char* name : {"a-b", "a.b", "a0", "zoe"}) {
    ASSERT_TRUE(users_->create(owner_, {.name = name}).ok());
  }
  const auto first = users_->list("", 3);
  ASSERT_EQ(first->size(), 3U);
  EXPECT_EQ(first->at(0).name, "a-b");
  EXPECT_EQ(first->at(1).name, "a.b");
  EXPECT_EQ(first->at(2).name, "a0");
  const auto second = users_->list("a0", 3);
  ASSERT_EQ(second->size(), 2U);
  EXPECT_EQ(second->at(0).name, "ada");
  EXPECT_EQ(second->at(1).name, "zoe");
  EXPECT_EQ(users_->list("zoe", 3)->size(), 0U);
}

TEST_P(UsersTest, WhatIsNoNameIsRefusedWithAReason) {
  expect_error(users_->create(owner_, {.name = "Bob"}), ErrorCode::kInvalidArgument,
               "user 'Bob' is no name; write a-z");
  expect_error(users_->create(owner_, {.name = "bob", .display_name = "B\tb"}),
               ErrorCode::kInvalidArgument, "control character");
  expect_error(users_->create(owner_, {.name = "bob", .display_name = "\xff\xfe"}),
               ErrorCode::kInvalidArgument, "UTF-8");
  expect_error(users_->create(owner_, {.name = "bob", .unix_account = "a:b"}),
               ErrorCode::kInvalidArgument, "no spaces, ':'");
}

TEST(Names, AreShortAndPlain) {
  for (const char* name : {"a", "0", "ada", "a.b_c-d", "a--b"}) {
    EXPECT_TRUE(check_name("user", name).ok()) << name;
  }
  for (const char* name : {"", "A", "-a", ".a", "_a", "a b", "a/b", "ä", "*", "a\n"}) {
    expect_error(check_name("user", name), ErrorCode::kInvalidArgument, "user '");
  }
  EXPECT_TRUE(check_name("user", std::string(63, 'a')).ok());
  expect_error(check_name("user", std::string(64, 'a')), ErrorCode::kInvalidArgument,
               "longer than 63 bytes");
  EXPECT_TRUE(check_unix_account("DOMAIN\\ada").ok());
  EXPECT_TRUE(check_unix_account("ada@example.org").ok());
  for (const char* account : {"", "-a", "a b", "a/b", "a:b", "a\x7f"}) {
    EXPECT_FALSE(check_unix_account(account).ok()) << account;
  }
}

}  // namespace
}  // namespace wattle::access
