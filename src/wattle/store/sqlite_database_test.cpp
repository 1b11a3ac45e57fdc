#include "wattle/store/sqlite_database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

class SqliteDatabaseTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_ / "wattle.db"; }
  std::unique_ptr<Database> open() const {
    auto database = open_sqlite({.path = path()});
    EXPECT_TRUE(database.ok()) << database.error().message();
    return std::move(*database);
  }

  support::TemporaryFolder folder_;
};

TEST_F(SqliteDatabaseTest, TheFileAndItsLogAreForTheOwnerOnly) {
  const auto database = open();
  const auto made = database->write([](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute("CREATE TABLE t (a INTEGER) STRICT"));
    return {};
  });
  ASSERT_TRUE(made.ok());
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    struct stat info{};
    ASSERT_EQ(::stat((path() + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777, 0600U) << suffix;
  }
}

TEST_F(SqliteDatabaseTest, ANetworkFileSystemIsRefusedWithItsName) {
  const auto refused = open_sqlite(
      {.path = path(), .file_system = [](const std::string&) { return Result<long>(0x6969); }});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().message().find("NFS"), std::string::npos);
  EXPECT_NE(::access(path().c_str(), F_OK), 0) << "nothing may be made there";
}

}  // namespace
}  // namespace wattle::store
