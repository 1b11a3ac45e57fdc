// What was acknowledged survives: kill -9 of a writer, of PostgreSQL, a full disk, a read-only one.
#include <array>
#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/file.h"
#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/base/time.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/migrations.h"
#include "wattle/store/postgres_database.h"
#include "wattle/store/sqlite_database.h"

namespace wattle::store {
namespace {

using std::int64_t;

constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS t (id INTEGER NOT NULL PRIMARY KEY, bytes BLOB) STRICT";

Status execute(Database& database, const std::string& sql, const SqlValues& parameters = {}) {
  return database.write([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute(sql, parameters));
    return {};
  });
}

Status insert(Database& database, int64_t id) {
  return execute(database, "INSERT INTO t (id) VALUES (?)", {id});
}

std::set<int64_t> ids_in(Database& database) {
  std::set<int64_t> ids;
  const auto read = database.read([&](Session& session) {
    ids.clear();
    return session.query("SELECT id FROM t", {}, [&](const SqlRow& row) {
      ids.insert(row.integer(0));
      return Status();
    });
  });
  EXPECT_TRUE(read.ok()) << read.error().message();
  return ids;
}

std::unique_ptr<Database> open_home(const std::string& home) {
  return std::move(*open_database({.home = home, .url = ""}));
}

/// In a child: four threads write ids from `first` on and tell the pipe each that was acknowledged.
[[noreturn]] void write_until_killed(const std::string& home, int pipe, int64_t first) {
  const auto database = open_home(home);
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t id = first + t * 100'000; insert(*database, id).ok(); ++id) {
        if (::write(pipe, &id, sizeof id) != sizeof id) {
          ::_exit(1);
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  ::_exit(2);  // a write failed
}

void spin(Seconds duration) {
  const SystemClock clock;
  for (const BootTime end = clock.boot_now() + duration; clock.boot_now() < end;) {
  }
}

/// Kills a child that writes after some acknowledgements and a moment; returns all of them.
std::vector<int64_t> acknowledged_before_a_kill(const std::string& home, int64_t first, Rng& rng) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    write_until_killed(home, ends[1], first);
  }
  ::close(ends[1]);
  std::vector<int64_t> acknowledged;
  const std::size_t enough = 1 + rng.below(60);
  bool killed = false;
  for (int64_t id = 0; ::read(ends[0], &id, sizeof id) == sizeof id;) {
    acknowledged.push_back(id);
    if (!killed && acknowledged.size() >= enough) {
      spin(Seconds(rng.uniform() * 0.01));
      ::kill(child, SIGKILL);
      killed = true;
    }
  }
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
  return acknowledged;
}

TEST(SqliteDurability, EverythingAcknowledgedSurvivesKillsAtRandomInstants) {
  const std::uint64_t seed = 251125;
  SCOPED_TRACE(seed);
  Rng rng(seed);
  const support::TemporaryFolder folder;
  ASSERT_TRUE(execute(*open_home(folder.path()), kTable).ok());
  std::vector<int64_t> all;
  for (int64_t round = 0; round < 20; ++round) {
    const auto acknowledged = acknowledged_before_a_kill(folder.path(), round * 1'000'000, rng);
    all.insert(all.end(), acknowledged.begin(), acknowledged.end());
    const auto there = ids_in(*open_home(folder.path()));
    for (const int64_t id : all) {
      ASSERT_TRUE(there.contains(id)) << id << " of round " << round << " was lost";
    }
    // What was under way may be there as well: one for each thread.
    ASSERT_LE(there.size(), all.size() + static_cast<std::size_t>(4 * (round + 1)));
    ASSERT_TRUE(check_sqlite_file(sqlite_file(folder.path())).ok());
  }
}

TEST(SqliteDurability, ProcessesThatOpenANewFileAtOnceAllFindItReady) {
  const support::TemporaryFolder folder;
  const std::vector<Schema> schemas{{"test", {{1, "t", {kTable}}}}};
  std::vector<pid_t> children;
  for (int64_t i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto database = open_database({.home = folder.path(), .url = ""});
      const bool good = database.ok() &&
                        migrate(**database, schemas, SystemClock(), {.program = "test"}).ok() &&
                        insert(**database, i).ok();
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(ids_in(*open_home(folder.path())).size(), 6U);
}

/// Files of this process may not grow beyond that, as on a disk that is full.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(SqliteDurability, AFileThatMayNotGrowIsAClearErrorAndNoLoss) {
  const support::TemporaryFolder folder;
  const auto database = open_home(folder.path());
  ASSERT_TRUE(execute(*database, kTable).ok());
  ASSERT_TRUE(insert(*database, 1).ok());
  {
    const FileLimit limit(32 << 10);
    const auto failed = execute(*database, "INSERT INTO t (id, bytes) VALUES (2, ?)",
                                {Blob{std::string(200'000, 'x')}});
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), ErrorCode::kIo);
    EXPECT_NE(failed.error().message().find("wattle.db"), std::string::npos);
    EXPECT_EQ(ids_in(*database), std::set<int64_t>{1});
  }
  EXPECT_TRUE(insert(*database, 3).ok());
  EXPECT_EQ(ids_in(*database), (std::set<int64_t>{1, 3}));
}

/// A small file system of its own, where root may mount one.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=1m") == 0; }
  ~SmallDisk() {
    if (mounted_) {
      ::umount2(folder_.path().c_str(), MNT_DETACH);
    }
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_there() const { return mounted_; }
  const std::string& path() const { return folder_.path(); }
  bool turn(unsigned long flags) const {
    return ::mount("tmpfs", folder_.path().c_str(), "tmpfs", MS_REMOUNT | flags, "size=1m") == 0;
  }

 private:
  support::TemporaryFolder folder_;
  bool mounted_ = false;
};

TEST(SqliteDurability, AFullDiskIsToldLosesNothingAndHealsWithSpace) {
  const SmallDisk disk;
  WATTLE_SKIP_WITHOUT("mount", disk.is_there());
  const auto database = open_home(disk.path());
  ASSERT_TRUE(execute(*database, kTable).ok());
  const std::string ballast = disk.path() + "/ballast";
  {
    const Descriptor file(::open(ballast.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_EQ(::posix_fallocate(file.get(), 0, 500'000), 0);
  }
  std::set<int64_t> acknowledged;
  Status status;
  for (int64_t id = 0; status.ok() && id < 1000; ++id) {
    status = execute(*database, "INSERT INTO t (id, bytes) VALUES (?, ?)",
                     {id, Blob{std::string(10'000, 'x')}});
    if (status.ok()) {
      acknowledged.insert(id);
    }
  }
  ASSERT_FALSE(status.ok()) << "a megabyte was enough for 10";
  EXPECT_EQ(status.error().code(), ErrorCode::kIo);
  EXPECT_NE(status.error().message().find("space"), std::string::npos) << status.error().message();
  EXPECT_EQ(ids_in(*database), acknowledged);
  ::unlink(ballast.c_str());
  EXPECT_TRUE(insert(*database, 5000).ok());
  acknowledged.insert(5000);
  EXPECT_EQ(ids_in(*open_home(disk.path())), acknowledged);
}

TEST(SqliteDurability, AReadOnlyDiskIsToldAndHeals) {
  const SmallDisk disk;
  WATTLE_SKIP_WITHOUT("mount", disk.is_there());
  ASSERT_TRUE(execute(*open_home(disk.path()), kTable).ok());
  ASSERT_TRUE(disk.turn(MS_RDONLY));
  auto opened = open_database({.home = disk.path(), .url = ""});
  const auto refused = opened.ok() ? insert(**opened, 1) : Status(opened.error());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kIo) << refused.error().message();
  EXPECT_NE(refused.error().message().find("writable"), std::string::npos)
      << refused.error().message();
  opened = Error(ErrorCode::kCancelled, "closed");
  ASSERT_TRUE(disk.turn(0));
  EXPECT_TRUE(insert(*open_home(disk.path()), 1).ok());
}

TEST(SqliteDurability, AFileThatIsNoDatabaseIsToldAndLeftAlone) {
  const support::TemporaryFolder folder;
  folder.write("wattle.db", std::string(4096, 'x'));
  const auto refused = open_database({.home = folder.path(), .url = ""});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kIo);
  EXPECT_NE(refused.error().message().find("restore a backup"), std::string::npos);
  RealFileSystem files;
  EXPECT_EQ(*files.read(folder / "wattle.db", 1 << 20), std::string(4096, 'x'));
}

class PostgresDurability : public ::testing::Test {
 protected:
  void SetUp() override {
    WATTLE_SKIP_WITHOUT("postgres", support::PostgresServer::is_installed());
    server_ = std::make_unique<support::PostgresServer>();
    url_ = server_->create_database();
    database_ = open(Seconds(60));
    ASSERT_TRUE(execute(*database_, kTable).ok());
  }
  std::unique_ptr<Database> open(Seconds timeout) const {
    auto database = open_database({.home = "/nowhere", .url = url_, .busy_timeout = timeout});
    EXPECT_TRUE(database.ok()) << database.error().message();
    return std::move(*database);
  }

  std::unique_ptr<support::PostgresServer> server_;
  std::string url_;
  std::unique_ptr<Database> database_;
};

TEST_F(PostgresDurability, AServerKilledAgainAndAgainLosesNothingAndDoesNothingTwice) {
  const std::uint64_t seed = 151;
  SCOPED_TRACE(seed);
  Rng rng(seed);
  std::atomic<bool> stop{false};
  std::atomic<int64_t> acknowledged{0};
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      // A key that was written twice would be kAlreadyExists.
      for (int64_t id = t * 1'000'000; !stop; ++id) {
        const auto status = insert(*database_, id);
        EXPECT_TRUE(status.ok()) << status.error().message();
        ++acknowledged;
        acknowledged.notify_all();
      }
    });
  }
  for (int round = 0; round < 4; ++round) {
    const int64_t enough = acknowledged + 20 + static_cast<int64_t>(rng.below(100));
    for (int64_t now = acknowledged; now < enough; now = acknowledged) {
      acknowledged.wait(now);
    }
    spin(Seconds(rng.uniform() * 0.01));
    if (round % 3 == 2) {
      server_->stop_immediately();
    } else {
      server_->kill();
    }
    server_->start();
  }
  stop = true;
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(std::ssize(ids_in(*database_)), acknowledged.load());
}

TEST_F(PostgresDurability, AServerThatStaysAwayIsToldInTimeAndFoundAgain) {
  const auto impatient = open(Seconds(0.1));
  ASSERT_TRUE(insert(*impatient, 1).ok());
  server_->kill();
  const auto refused = insert(*impatient, 2);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message().find("is not reached"), std::string::npos)
      << refused.error().message();
  server_->start();
  EXPECT_EQ(ids_in(*impatient), std::set<int64_t>{1});
  EXPECT_TRUE(insert(*impatient, 2).ok());
}

TEST_F(PostgresDurability, AConnectionThatTheServerEndsWithinAWorkIsReplaced) {
  int runs = 0;
  const auto status = database_->write([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute("INSERT INTO t (id) VALUES (?)", {int64_t{7}}));
    if (++runs == 1) {
      return session.query("SELECT pg_terminate_backend(pg_backend_pid())", {},
                           [](const SqlRow&) { return Status(); });
    }
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(ids_in(*database_), std::set<int64_t>{7});
}

TEST(PostgresWithoutIt, TheMissingLibraryIsNamedWithItsPackage) {
  const auto refused = open_postgres({.url = "postgresql:///w", .library = "libno-such-pq.so.5"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message().find("install the package libpq5"), std::string::npos);
}

TEST(PostgresWithoutIt, AServerThatIsNotThereIsToldAtOnceAndWithoutThePassword) {
  const support::TemporaryFolder folder;
  const auto refused =
      open_database({.home = "", .url = "postgresql://ada:s3cret@/w?host=" + folder.path()});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message().find("s3cret"), std::string::npos);
  EXPECT_NE(refused.error().message().find("ada:***@"), std::string::npos)
      << refused.error().message();
}

TEST(PostgresWithoutIt, AUrlOfAnotherDatabaseIsRefused) {
  const auto refused = open_database({.home = "", .url = "mysql://ada:s3cret@host/w"});
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().message().find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace wattle::store
