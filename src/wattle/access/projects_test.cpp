#include "wattle/access/projects.h"

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"

namespace wattle::access {
namespace {

class ProjectsTest : public AccessTest {
 protected:
  Projects projects() { return {*database_, clock_}; }
};
WATTLE_ON_BOTH_DATABASES(ProjectsTest);

TEST_P(ProjectsTest, AProjectIsMadeOnceAndChangedByItsAdministrator) {
  const auto made = projects().create(owner_, "digits", "Numbers by hand.\nOf 1998.");
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(*projects().get("digits"), *made);
  EXPECT_EQ(last_topic(), "access.project_created");
  expect_error(projects().create(owner_, "digits", ""), ErrorCode::kAlreadyExists, "'digits'");
  const Identity admin = identity(Scope::kAdmin, ProjectRange::one("digits"));
  expect_error(projects().create(admin, "other", ""), ErrorCode::kPermissionDenied);
  const auto changed = projects().update(admin, "digits", "New.", 1);
  ASSERT_TRUE(changed.ok()) << changed.error().message();
  EXPECT_EQ(changed->version, 2);
  EXPECT_EQ(*projects().get("digits"), *changed);
  EXPECT_EQ(last_topic(), "access.project_updated");
  expect_error(projects().update(admin, "digits", "x", 1), ErrorCode::kFailedPrecondition,
               "at version 2, not 1");
  expect_error(projects().update(identity(Scope::kWrite), "digits", "x"),
               ErrorCode::kPermissionDenied);
  expect_error(projects().update(owner_, "none", "x"), ErrorCode::kNotFound, "no project 'none'");
  expect_error(projects().create(owner_, "*", ""), ErrorCode::kInvalidArgument, "project '*'");
}

TEST_P(ProjectsTest, TheFirstRunMakesItsProjectInItsOwnTransaction) {
  const Identity writer = identity(Scope::kWrite, ProjectRange::one("digits"));
  const auto ensure = [&](const Identity& by, const std::string& name, bool fails) {
    return database_->write([&](store::Session& session) -> Status {
      WATTLE_RETURN_IF_ERROR(Projects::ensure(session, by, name, clock_.utc_now()));
      return fails ? Status(Error(ErrorCode::kInternal, "the rest failed")) : Status();
    });
  };
  EXPECT_FALSE(ensure(writer, "digits", true).ok());
  EXPECT_EQ(projects().list("", 10)->size(), 0U);
  ASSERT_TRUE(ensure(writer, "digits", false).ok());
  ASSERT_TRUE(ensure(writer, "digits", false).ok());
  EXPECT_EQ(projects().get("digits")->actor, "ada");
  EXPECT_EQ(integer("SELECT COUNT(*) FROM events WHERE topic = 'access.project_created'"), 1);
  expect_error(ensure(writer, "other", false), ErrorCode::kPermissionDenied, "'other'");
}

TEST_P(ProjectsTest, AListingGoesOnBehindItsLastName) {
  for (const char* name : {"b", "a", "c"}) {
    ASSERT_TRUE(projects().create(owner_, name, "").ok());
  }
  EXPECT_EQ(projects().list("", 2)->back().name, "b");
  EXPECT_EQ(projects().list("b", 2)->front().name, "c");
  EXPECT_EQ(projects().list("c", 2)->size(), 0U);
}

}  // namespace
}  // namespace wattle::access
