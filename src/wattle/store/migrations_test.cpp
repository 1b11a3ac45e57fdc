#include "wattle/store/migrations.h"

#include <gtest/gtest.h>

#include "wattle/base/file.h"
#include "wattle/store/open_database.h"
#include "wattle/store/sqlite_database.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

const Migration kRuns{
    1, "runs", {"CREATE TABLE runs (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT"}};
const Migration kNotes{2,
                       "notes",
                       {"ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT ''",
                        "UPDATE runs SET note = name || '!'"}};

class MigrationsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Database> open() const {
    return std::move(*open_database({.home = folder_.path(), .url = ""}));
  }
  Status bring(Database& database, std::vector<Migration> migrations,
               const std::string& program = "0.2.0") const {
    const std::vector<Schema> schemas{{"registry", std::move(migrations)}};
    return migrate(database, schemas, clock_,
                   {.program = program, .backups_folder = backups_folder(folder_.path())});
  }
  std::vector<std::string> backups() {
    const std::string folder = backups_folder(folder_.path());
    return files_.exists(folder) ? *files_.list(folder) : std::vector<std::string>();
  }
  static std::string text_of(Database& database, const std::string& sql) {
    std::string text;
    const auto read = database.read([&](Session& session) {
      return session.query(sql, {}, [&](const SqlRow& row) {
        text += row.text(0);
        return Status();
      });
    });
    return read.ok() ? text : read.error().message();
  }
  static void insert_run(Database& database) {
    ASSERT_TRUE(database
                    .write([](Session& session) -> Status {
                      WATTLE_RETURN_IF_ERROR(
                          session.execute("INSERT INTO runs (id, name) VALUES ('a', 'first')"));
                      return {};
                    })
                    .ok());
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
};

TEST_F(MigrationsTest, AFreshDatabaseGetsEveryMigrationInOrderAndNoBackup) {
  const auto database = open();
  ASSERT_TRUE(bring(*database, {kRuns, kNotes}).ok());
  EXPECT_EQ(*schema_version(*database), "registry 2");
  EXPECT_TRUE(backups().empty());
}

TEST_F(MigrationsTest, WhatIsThereSurvivesAMigrationAndIsBackedUpBefore) {
  const auto database = open();
  ASSERT_TRUE(bring(*database, {kRuns}).ok());
  insert_run(*database);
  ASSERT_TRUE(bring(*database, {kRuns, kNotes}).ok());
  EXPECT_EQ(text_of(*database, "SELECT note FROM runs"), "first!");

  ASSERT_EQ(backups(), std::vector<std::string>{"wattle-registry1-2026-01-01T00-00-00.000Z.db"});
  const std::string copy = backups_folder(folder_.path()) + "/" + backups()[0];
  ASSERT_TRUE(check_sqlite_file(copy).ok());
  const auto old = std::move(*open_sqlite({.path = copy, .file_system = {}}));
  EXPECT_EQ(text_of(*old, "SELECT name FROM runs"), "first");
  EXPECT_EQ(*schema_version(*old), "registry 1");
}

TEST_F(MigrationsTest, NothingToDoMakesNoBackup) {
  const auto database = open();
  ASSERT_TRUE(bring(*database, {kRuns}).ok());
  ASSERT_TRUE(bring(*database, {kRuns}).ok());
  EXPECT_TRUE(backups().empty());
}

TEST_F(MigrationsTest, ANewerSchemaIsRefusedNamingBothVersions) {
  const auto database = open();
  ASSERT_TRUE(bring(*database, {kRuns, kNotes}, "0.9.0").ok());
  const auto refused = bring(*database, {kRuns}, "0.2.0");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kFailedPrecondition);
  for (const auto* word : {"0.9.0", "0.2.0", "registry 2", "registry 1"}) {
    EXPECT_NE(refused.error().message().find(word), std::string::npos) << refused.error().message();
  }
}

TEST_F(MigrationsTest, AMigrationThatWasChangedAfterItWasAppliedIsRefused) {
  const auto database = open();
  ASSERT_TRUE(bring(*database, {kRuns}).ok());
  Migration other = kRuns;
  other.statements[0] += " ";
  EXPECT_EQ(bring(*database, {other, kNotes}).error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(*schema_version(*database), "registry 1");
}

TEST_F(MigrationsTest, AMigrationThatFailsLeavesNothingOfItself) {
  const auto database = open();
  ASSERT_TRUE(bring(*database, {kRuns}).ok());
  Migration broken = kNotes;
  broken.statements.emplace_back("INSERT INTO nowhere VALUES (1)");
  const auto failed = bring(*database, {kRuns, broken});
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message().find("migration 2 of registry ('notes')"), std::string::npos);
  EXPECT_EQ(*schema_version(*database), "registry 1");
  EXPECT_TRUE(bring(*database, {kRuns, kNotes}).ok()) << "the column of the failed one is gone";
}

TEST_F(MigrationsTest, ABackupThatCannotBeMadeStopsTheMigration) {
  const auto database = open();
  ASSERT_TRUE(bring(*database, {kRuns}).ok());
  folder_.write("backups", "a file where the folder should be");
  EXPECT_FALSE(bring(*database, {kRuns, kNotes}).ok());
  EXPECT_EQ(*schema_version(*database), "registry 1");
}

}  // namespace
}  // namespace wattle::store
