// For tests of this module on both databases: the tables, the services, and someone in charge.
//
// Units:    none. Errors: what fails, fails the test.
// Threads:  the test's. Lifetime: as the test.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "wattle/access/access_schema.h"
#include "wattle/access/projects.h"
#include "wattle/access/quotas.h"
#include "wattle/access/random_source.h"
#include "wattle/access/sessions.h"
#include "wattle/access/tokens.h"
#include "wattle/access/users.h"
#include "wattle/base/rng.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/migrations.h"
#include "wattle/store/outbox.h"
#include "wattle/store/store_schema.h"

namespace wattle::access {

using store::Backend;
using store::name_of;

/// Bytes that come out the same for a seed.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : rng_(seed) {}
  void fill(std::span<std::byte> bytes) override {
    const std::scoped_lock lock(mutex_);
    for (std::byte& byte : bytes) {
      byte = static_cast<std::byte>(rng_.below(256));
    }
  }

 private:
  std::mutex mutex_;
  Rng rng_;
};

inline void expect_error(const Status& status, ErrorCode code, std::string_view part = "") {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), code) << status.error().message();
  EXPECT_NE(status.error().message().find(part), std::string::npos) << status.error().message();
}
template <typename T>
void expect_error(const Result<T>& result, ErrorCode code, std::string_view part = "") {
  ASSERT_FALSE(result.ok());
  expect_error(Status(result.error()), code, part);
}

class AccessTest : public store::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (!database_) {
      return;  // skipped
    }
    const auto schemas = std::vector{store::store_schema(), access_schema()};
    const auto migrated = store::migrate(*database_, schemas, clock_, {"test", ""});
    ASSERT_TRUE(migrated.ok()) << migrated.error().message();
    tokens_.emplace(*database_, clock_, random_);
    users_.emplace(*database_, clock_, *tokens_);
    sessions_.emplace(*database_, clock_, random_);
    ASSERT_TRUE(users_->create(owner_, {.name = "ada", .unix_account = "ada"}).ok());
  }

  /// A token of ada's.
  MadeToken make_token(Scope scope = Scope::kRead, ProjectRange projects = ProjectRange::all(),
                       std::optional<UtcTime> expires = {}) {
    clock_.advance(Seconds(1));
    auto made = tokens_->create(owner_, {.user = "ada",
                                         .name = "laptop",
                                         .projects = std::move(projects),
                                         .scope = scope,
                                         .expires = expires});
    EXPECT_TRUE(made.ok()) << made.error().message();
    return *std::move(made);
  }
  Identity identity(Scope scope, ProjectRange projects = ProjectRange::all()) {
    return *tokens_->verify(make_token(scope, std::move(projects)).secret.reveal());
  }
  /// "admitted", or why not.
  std::string outcome(std::string_view text) { return outcome(*tokens_, text); }
  static std::string outcome(Tokens& tokens, std::string_view text) {
    const auto verdict = tokens.examine(text);
    EXPECT_TRUE(verdict.ok()) << verdict.error().message();
    return std::string(verdict->identity ? "admitted" : to_text(verdict->refusal));
  }
  std::string session_outcome(std::string_view text) {
    const auto verdict = sessions_->examine(text);
    EXPECT_TRUE(verdict.ok()) << verdict.error().message();
    return std::string(verdict->session ? "admitted" : to_text(verdict->refusal));
  }
  OpenedSession open_session(const Identity& by) {
    const auto link = sessions_->create_link(by);
    EXPECT_TRUE(link.ok()) << link.error().message();
    auto opened = sessions_->redeem(link->reveal());
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return *std::move(opened);
  }
  std::string last_topic() {
    return texts("SELECT topic FROM events ORDER BY sequence DESC LIMIT 1");
  }

  SimulatedClock clock_;
  SeededRandom random_{1};
  const Identity owner_ = Identity::owner("root");
  std::optional<Tokens> tokens_;
  std::optional<Users> users_;
  std::optional<Sessions> sessions_;
};

}  // namespace wattle::access
