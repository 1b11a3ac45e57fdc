#include "wattle/store/store_schema.h"

#include <gtest/gtest.h>

#include "wattle/base/file.h"
#include "wattle/base/text.h"
#include "wattle/store/leader_lease.h"
#include "wattle/store/open_database.h"
#include "wattle/store/outbox.h"
#include "wattle/store/timers.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

/// A database as a release left it, from its dump in testdata/.
std::unique_ptr<Database> database_of(const std::string& home, const std::string& dump) {
  RealFileSystem files;
  const auto text = files.read(std::string(WATTLE_STORE_TESTDATA) + "/" + dump, 1 << 20);
  EXPECT_TRUE(text.ok());
  auto database = std::move(*open_database({.home = home, .url = ""}));
  const auto loaded = database->write([&](Session& session) -> Status {
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

TEST(StoreSchema, ADatabaseOfTheFirstReleaseIsOpenedMigratedAndGoesOn) {
  const support::TemporaryFolder folder;
  const auto database = database_of(folder.path(), "store_schema_1.sql");
  std::vector<Schema> schemas{store_schema()};
  const int next = schemas[0].migrations.back().number + 1;
  schemas[0].migrations.push_back(
      {next, "of a release to come", {"ALTER TABLE events ADD COLUMN more TEXT"}});
  const SimulatedClock clock;
  const auto migrated =
      migrate(*database, schemas, clock, {.program = "test", .backups_folder = folder / "backups"});
  ASSERT_TRUE(migrated.ok()) << migrated.error().message();
  EXPECT_EQ(*schema_version(*database), concat("store ", next));
  RealFileSystem files;
  EXPECT_EQ(files.list(folder / "backups")->size(), 1U);

  Outbox outbox(*database);
  ASSERT_EQ(outbox.pending("mail", 10)->size(), 1U);
  EXPECT_EQ(outbox.pending("mail", 10)->front().payload, R"({"state":"succeeded"})");
  Timers timers(*database);
  EXPECT_EQ(timers.next_due()->value().ns, 1764028900000000000);
  LeaderLease lease(*database, clock, {.name = "server", .holder = "host-b"});
  ASSERT_TRUE(lease.acquire().ok());
  EXPECT_EQ(lease.token(), 4);
}

}  // namespace
}  // namespace wattle::store
