#include "wattle/access/quotas.h"

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/base/rng.h"

namespace wattle::access {
namespace {

class QuotasTest : public AccessTest {
 protected:
  Quotas quotas() { return {*database_, clock_}; }
};
WATTLE_ON_BOTH_DATABASES(QuotasTest);

TEST_P(QuotasTest, WhatHoldsIsTheTighterOneOfEachBound) {
  const Quota of_project{
      .energy_per_month = Microjoules(3'600'000'000'000), .cores = 8, .jobs = {}};
  const Quota of_user{.energy_per_month = Microjoules(9'000'000'000'000), .cores = 2, .jobs = 5};
  ASSERT_TRUE(quotas().set(owner_, {QuotaKind::kProject, "digits"}, of_project).ok());
  ASSERT_TRUE(quotas().set(owner_, {QuotaKind::kUser, "ada"}, of_user).ok());
  const Quota both{.energy_per_month = Microjoules(3'600'000'000'000), .cores = 2, .jobs = 5};
  EXPECT_EQ(*quotas().effective("digits", "ada"), both);
  EXPECT_EQ(*quotas().effective("digits", "bob"), of_project);
  EXPECT_EQ(*quotas().effective("ada", "digits"), Quota());  // a user's is no project's
  EXPECT_EQ(quotas().get({QuotaKind::kUser, "ada"})->quota, of_user);
}

TEST_P(QuotasTest, NothingIsABoundAndNoneIsNot) {
  const QuotaSubject subject{QuotaKind::kProject, "digits"};
  EXPECT_EQ(quotas().get(subject)->version, 0);
  EXPECT_EQ(quotas().set(owner_, subject, {.jobs = 0}, 0)->version, 1);
  EXPECT_EQ(quotas().effective("digits", "ada")->jobs, 0);
  EXPECT_EQ(last_topic(), "access.quota_set");
  expect_error(quotas().set(owner_, subject, {.jobs = 1}, 0), ErrorCode::kFailedPrecondition,
               "at version 1, not 0");
  EXPECT_EQ(quotas().set(owner_, subject, {}, 1)->version, 2);
  EXPECT_EQ(*quotas().effective("digits", "ada"), Quota());
}

TEST_P(QuotasTest, WhoIsBoundSetsNoBound) {
  const Identity admin = identity(Scope::kAdmin, ProjectRange::one("digits"));
  expect_error(quotas().set(admin, {QuotaKind::kProject, "digits"}, {}),
               ErrorCode::kPermissionDenied, "admin in all projects");
  expect_error(quotas().set(owner_, {QuotaKind::kProject, "digits"}, {.cores = -1}),
               ErrorCode::kInvalidArgument, "below zero");
  expect_error(
      quotas().set(owner_, {QuotaKind::kProject, "digits"}, {.energy_per_month = Microjoules(-1)}),
      ErrorCode::kInvalidArgument, "below zero");
  expect_error(quotas().set(owner_, {QuotaKind::kUser, ""}, {}), ErrorCode::kInvalidArgument,
               "user '' is empty");
}

TEST(Quota, TheTighterOneAllowsWhatBothAllow) {
  Rng rng(7);
  const auto bound = [&]() -> std::optional<std::int64_t> {
    const auto drawn = static_cast<std::int64_t>(rng.below(4));
    return drawn == 3 ? std::nullopt : std::optional(drawn);
  };
  const auto allows = [](const std::optional<std::int64_t>& most, std::int64_t use) {
    return !most || use <= *most;
  };
  for (int i = 0; i < 2000; ++i) {
    const Quota a{.energy_per_month = {}, .cores = bound(), .jobs = bound()};
    const Quota b{.energy_per_month = {}, .cores = bound(), .jobs = bound()};
    EXPECT_EQ(tighter(a, b), tighter(b, a));
    for (std::int64_t use = 0; use < 4; ++use) {
      EXPECT_EQ(allows(tighter(a, b).cores, use), allows(a.cores, use) && allows(b.cores, use));
      EXPECT_EQ(allows(tighter(a, b).jobs, use), allows(a.jobs, use) && allows(b.jobs, use));
    }
  }
}

}  // namespace
}  // namespace wattle::access
