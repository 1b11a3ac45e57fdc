#include "wattle/store/sqlite_database.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

/// As another process sees it, which is whom locks are for: does somebody share the file?
bool is_shared(const std::string& path) {
  constexpr off_t kSharedFirst = 0x40000002;  // SQLite's file format: the lock bytes
  constexpr off_t kSharedSize = 510;
  const pid_t child = ::fork();
  if (child == 0) {
    const int file = ::open(path.c_str(), O_RDWR);
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = kSharedFirst;
    lock.l_len = kSharedSize;
    ::_exit(::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type == F_RDLCK ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

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

TEST_F(SqliteDatabaseTest, KeepsItsLocksThoughStandardOutputIsClosed) {
  const auto database = open();
  const auto made = database->write([](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute("CREATE TABLE t (a INTEGER) STRICT"));
    return {};
  });
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE(is_shared(path()));
  const int output = ::dup(STDOUT_FILENO);
  ::close(STDOUT_FILENO);
  const auto read = database->read([](Session& session) -> Status {
    return session.query("SELECT a FROM t", {}, [](const SqlRow&) { return Status(); });
  });
  ::dup2(output, STDOUT_FILENO);
  ::close(output);
  EXPECT_TRUE(read.ok());
  EXPECT_TRUE(is_shared(path())) << "another process takes the file for its own";
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
