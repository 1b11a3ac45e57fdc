#include "wattle/access/access_schema.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/base/file.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

class AccessSchemaTest : public store::OnBothDatabases {
 protected:
  Status migrate_all() {
    return store::migrate(*database_, std::vector{store::store_schema(), access_schema()}, clock_,
                          {.program = "test", .backups_folder = folder_ / "backups"});
  }
  SimulatedClock clock_;
};
WATTLE_ON_BOTH_DATABASES(AccessSchemaTest);

TEST_P(AccessSchemaTest, ComesToADatabaseThatHasSomethingAndIsThereOnce) {
  const auto store_only = std::vector{store::store_schema()};
  ASSERT_TRUE(store::migrate(*database_, store_only, clock_, {"test", ""}).ok());
  ASSERT_TRUE(database_
                  ->write([](store::Session& session) -> Status {
                    WATTLE_RETURN_IF_ERROR(store::Outbox::append(session, {.topic = "job.state"}));
                    return {};
                  })
                  .ok());
  for (int i = 0; i < 2; ++i) {
    const auto migrated = migrate_all();
    ASSERT_TRUE(migrated.ok()) << migrated.error().message();
    EXPECT_EQ(*store::schema_version(*database_), "access 1, store 1");
  }
  EXPECT_EQ(texts("SELECT topic FROM events"), "job.state");
  EXPECT_EQ(integer("SELECT COUNT(*) FROM access_users"), 0);
}

TEST_P(AccessSchemaTest, TheDatabaseItselfRefusesWhatMayNotBe) {
  ASSERT_TRUE(migrate_all().ok());
  EXPECT_FALSE(execute("INSERT INTO access_users VALUES ('a', 'a', NULL, 2, 'x', 1, 1)").ok());
  EXPECT_FALSE(execute("INSERT INTO access_quotas VALUES ('team', 'a', 1, 1, 1, 'x', 1)").ok());
  EXPECT_FALSE(execute("INSERT INTO access_quotas VALUES ('user', 'a', -1, 1, 1, 'x', 1)").ok());
  EXPECT_FALSE(execute("INSERT INTO access_tokens VALUES "
                       "('i', 'a', 'n', 'h', 'p', 'root', '*', 'x', 1, NULL, NULL, NULL)")
                   .ok());
  const std::string token =
      "INSERT INTO access_tokens VALUES "
      "(?, 'a', 'n', 'h', 'p', 'read', '*', 'x', 1, NULL, NULL, NULL)";
  EXPECT_TRUE(execute(token, {"i"}).ok());
  EXPECT_FALSE(execute(token, {"j"}).ok());  // one row of a hash
}

/// A database as a release left it, from its dump in testdata/.
std::unique_ptr<store::Database> database_of(const std::string& home, const std::string& dump) {
  RealFileSystem files;
  const auto text = files.read(std::string(WATTLE_ACCESS_TESTDATA) + "/" + dump, 1 << 20);
  EXPECT_TRUE(text.ok());
  auto database = std::move(*store::open_database({.home = home, .url = ""}));
  const auto loaded = database->write([&](store::Session& session) -> Status {
    std::string statement;
    for (const auto& part : split(*text, '\n')) {
      statement += concat(part, "\n");
      if (std::string_view(part).ends_with(";")) {
        WATTLE_RETURN_IF_ERROR(session.execute(std::exchange(statement, "")));
      }
    }
    return {};
  });
  EXPECT_TRUE(loaded.ok()) << loaded.error().message();
  return database;
}

TEST(AccessSchema, ComesToTheDatabaseOfTheReleaseBeforeAndItsEventsGoOn) {
  const support::TemporaryFolder folder;
  const auto database = database_of(folder.path(), "release_before.sql");
  const SimulatedClock clock;
  const auto migrated =
      store::migrate(*database, std::vector{store::store_schema(), access_schema()}, clock,
                     {.program = "test", .backups_folder = folder / "backups"});
  ASSERT_TRUE(migrated.ok()) << migrated.error().message();
  EXPECT_EQ(*store::schema_version(*database), "access 1, artifacts 1, job 1, registry 1, store 1");
  RealFileSystem files;
  EXPECT_EQ(files.list(folder / "backups")->size(), 1U);
  SeededRandom random(1);
  Tokens tokens(*database, clock, random);
  Users users(*database, clock, tokens);
  ASSERT_TRUE(users.create(Identity::owner("root"), {.name = "ada"}).ok());
  store::Outbox outbox(*database);
  const auto events = outbox.read(13, 10);
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ(events->at(0).topic, "run.metrics");
  EXPECT_EQ(events->at(1).topic, "access.user_created");
  EXPECT_EQ(events->at(1).sequence, 15);
}

}  // namespace
}  // namespace wattle::access
