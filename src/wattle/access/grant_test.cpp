#include "wattle/access/grant.h"

#include <array>

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/base/rng.h"

namespace wattle::access {
namespace {

constexpr std::array kScopes{Scope::kRead, Scope::kWrite, Scope::kAdmin};
constexpr std::array kProjects{"a", "b", "ab", "*", ""};

Grant grant(Scope scope, ProjectRange projects) {
  return {.user = "ada", .projects = std::move(projects), .scope = scope, .token_id = "t"};
}

ProjectRange random_range(Rng& rng) {
  const auto index = rng.below(4);
  return index == 3 ? ProjectRange::all() : ProjectRange::one(kProjects.at(index));
}

TEST(Identity, MayWhatItsScopeHoldsInItsProjectAndNothingElse) {
  for (const Scope has : kScopes) {
    for (const Scope needs : kScopes) {
      const bool reaches = static_cast<int>(has) >= static_cast<int>(needs);
      const Identity one = Identity::token(grant(has, ProjectRange::one("a")));
      const Identity all = Identity::session("s", grant(has, ProjectRange::all()));
      for (const char* project : kProjects) {
        EXPECT_EQ(one.may(needs, project), reaches && std::string_view(project) == "a");
        EXPECT_EQ(one.require(needs, project).ok(), one.may(needs, project));
        EXPECT_EQ(all.may(needs, project), reaches);
      }
      EXPECT_FALSE(one.may_everywhere(needs));
      EXPECT_FALSE(one.require_everywhere(needs).ok());
      EXPECT_EQ(all.may_everywhere(needs), reaches);
      EXPECT_EQ(all.require_everywhere(needs).ok(), reaches);
    }
  }
}

TEST(Identity, TheOwnerMayEverything) {
  const Identity owner = Identity::owner("root");
  EXPECT_EQ(owner.kind(), Identity::Kind::kOwner);
  EXPECT_EQ(owner.actor(), "root");
  EXPECT_EQ(owner.grant().token_id, "");
  EXPECT_TRUE(owner.may_everywhere(Scope::kAdmin));
  EXPECT_TRUE(owner.may(Scope::kAdmin, "a"));
}

TEST(Identity, ARefusalSaysWhatIsMissingWhere) {
  const Identity reader = Identity::token(grant(Scope::kRead, ProjectRange::one("a")));
  expect_error(reader.require(Scope::kWrite, "b"), ErrorCode::kPermissionDenied,
               "needs the scope write in project 'b', and 'ada' has read in project 'a'");
  expect_error(reader.require_everywhere(Scope::kAdmin), ErrorCode::kPermissionDenied,
               "needs the scope admin in all projects");
}

/// Whoever is covered may nothing that its cover may not; and only then it is covered.
TEST(Grant, CoversIsWhatMaySays) {
  Rng rng(20261125);
  for (int i = 0; i < 5000; ++i) {
    const Grant outer = grant(kScopes.at(rng.below(3)), random_range(rng));
    const Grant inner = grant(kScopes.at(rng.below(3)), random_range(rng));
    bool is_subset = true;
    for (const Scope scope : kScopes) {
      for (const char* project : {"a", "b", "ab", "made-later"}) {
        is_subset = is_subset && (!Identity::token(inner).may(scope, project) ||
                                  Identity::token(outer).may(scope, project));
      }
    }
    EXPECT_EQ(covers(outer, inner), is_subset)
        << to_text(outer.scope) << outer.projects.text() << " " << to_text(inner.scope)
        << inner.projects.text();
  }
}

TEST(Grant, CoversItselfAndWhatItsCoverCovers) {
  Rng rng(42);
  for (int i = 0; i < 5000; ++i) {
    const Grant a = grant(kScopes.at(rng.below(3)), random_range(rng));
    const Grant b = grant(kScopes.at(rng.below(3)), random_range(rng));
    const Grant c = grant(kScopes.at(rng.below(3)), random_range(rng));
    EXPECT_TRUE(covers(a, a));
    EXPECT_TRUE(!covers(a, b) || !covers(b, c) || covers(a, c));
    EXPECT_TRUE(!covers(a, b) || !covers(b, a) || a == b);
  }
}

TEST(Scope, IsReadAsItIsWritten) {
  for (const Scope scope : kScopes) {
    EXPECT_EQ(*parse_scope(to_text(scope)), scope);
  }
  for (const char* text : {"", "READ", "reads", "read ", "owner"}) {
    expect_error(parse_scope(text), ErrorCode::kInvalidArgument, "read, write or admin");
  }
}

TEST(ProjectRange, IsReadAsItIsWritten) {
  EXPECT_EQ(*parse_project_range("*"), ProjectRange::all());
  EXPECT_EQ(*parse_project_range("digits"), ProjectRange::one("digits"));
  for (const char* text : {"", "**", "a*", "A", "-a", "a/b", "a b"}) {
    expect_error(parse_project_range(text), ErrorCode::kInvalidArgument, "project");
  }
}

}  // namespace
}  // namespace wattle::access
