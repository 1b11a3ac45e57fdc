#include "wattle/store/backup.h"

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/base/hash.h"
#include "wattle/base/text.h"
#include "wattle/store/backup_manifest.h"
#include "wattle/store/database_fixture.h"

namespace wattle::store {
namespace {

using std::int64_t;

TEST(BackupManifest, ComesBackWithNamesOfAnyKind) {
  const BackupManifest manifest{.database = "sqlite",
                                .program = "0.2.0",
                                .created = "2026-11-25T00:00:00.000Z",
                                .digests = {{"wattle.db", sha256_hex("a")},
                                            {"runs/R/a name\nwith \\ in it", sha256_hex("b")},
                                            {"runs/R/größe", sha256_hex("c")}}};
  const auto back = read_manifest(write_manifest(manifest));
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(*back, manifest);
}

TEST(BackupManifest, OneThatIsCutDamagedOrLeadsOutIsRefused) {
  const BackupManifest manifest{.database = "sqlite",
                                .digests = {{"a", sha256_hex("a")}, {"b", sha256_hex("b")}}};
  const std::string whole = write_manifest(manifest);
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    EXPECT_FALSE(read_manifest(whole.substr(0, length)).ok()) << "cut at " << length;
  }
  for (const auto* path : {"../a", "/etc/passwd", "a/../../b", "a//b", "./a", ""}) {
    BackupManifest evil = manifest;
    evil.digests[path] = sha256_hex("x");
    EXPECT_EQ(read_manifest(write_manifest(evil)).error().code(), ErrorCode::kParse) << path;
  }
}

class BackupTest : public OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (database_) {
      ASSERT_TRUE(execute("CREATE TABLE artifacts (digest TEXT NOT NULL PRIMARY KEY) STRICT").ok());
      folder_.write("runs/R/spec.json", "{\"run\":1}");
      ASSERT_EQ(::chmod(folder_.write("runs/R/receipt.json", "{}").c_str(), 0440), 0);
      folder_.write("runs/R/attempts/1/supervisor.lock", "");
      folder_.write("runs/R/attempts/1/usage/00000001.seg", "bytes");
      folder_.write("runs/R/checkpoints/step-1.pt", "large");
      folder_.write("nodes/h/00000001.seg", "bytes");
      folder_.write("host.json", "{}");
    }
  }

  std::string artifact_path(const std::string& digest) const {
    return "artifacts/sha256/" + digest.substr(0, 2) + "/" + digest.substr(2);
  }
  /// As the artifact store does: the file first, then its row.
  void add_artifact(const std::string& content) const {
    const std::string digest = sha256_hex(content);
    const std::string path = artifact_path(digest);
    folder_.write(path + ".tmp", content);
    ASSERT_EQ(::rename((folder_ / (path + ".tmp")).c_str(), (folder_ / path).c_str()), 0);
    ASSERT_TRUE(execute("INSERT INTO artifacts (digest) VALUES (?)", {digest}).ok());
  }
  Result<BackupReport> make(const std::string& name) {
    return backup(
        *database_, subprocess_, clock_,
        {.home = folder_.path(), .url = url_, .destination = elsewhere_ / name, .program = "test"});
  }
  RestoreOptions restore_options(const std::string& name) {
    return {.backup = elsewhere_ / name,
            .home = elsewhere_ / (name + "-home"),
            .url = server_ ? server_->create_database() : ""};
  }
  static std::set<std::string> digests_in(const RestoreOptions& restored) {
    std::set<std::string> digests;
    const auto database = open_database({.home = restored.home, .url = restored.url});
    EXPECT_TRUE(database.ok()) << database.error().message();
    const auto read = (*database)->read([&](Session& session) {
      return session.query("SELECT digest FROM artifacts", {}, [&](const SqlRow& row) {
        digests.insert(row.text(0));
        return Status();
      });
    });
    EXPECT_TRUE(read.ok());
    return digests;
  }
  std::vector<std::string> leftovers() {
    std::vector<std::string> names;
    for (const auto& name : *files_.list(elsewhere_.path())) {
      if (name.find(".partial.") != std::string::npos) {
        names.push_back(name);
      }
    }
    return names;
  }

  support::TemporaryFolder elsewhere_;
  RealFileSystem files_;
  RealSubprocess subprocess_;
  SimulatedClock clock_;
};

TEST_P(BackupTest, ARestoredHomeHoldsWhatTheBackupSaidAndNothingOfTheMoment) {
  add_artifact("model");
  const auto made = make("b");
  ASSERT_TRUE(made.ok()) << made.error().message();
  const auto options = restore_options("b");
  const auto restored = restore(subprocess_, options);
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  EXPECT_EQ(restored->files, made->files);
  EXPECT_EQ(digests_in(options), std::set<std::string>{sha256_hex("model")});
  for (const auto* name : {"runs/R/spec.json", "runs/R/receipt.json", "host.json",
                           "runs/R/attempts/1/usage/00000001.seg", "nodes/h/00000001.seg"}) {
    EXPECT_EQ(*files_.read(options.home + "/" + name, 1 << 20),
              *files_.read(folder_ / name, 1 << 20))
        << name;
  }
  EXPECT_EQ(*files_.read(options.home + "/" + artifact_path(sha256_hex("model")), 100), "model");
  struct stat info{};
  ASSERT_EQ(::stat((options.home + "/runs/R/receipt.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0440U);
  EXPECT_FALSE(files_.exists(options.home + "/runs/R/attempts/1/supervisor.lock"));
  EXPECT_FALSE(files_.exists(options.home + "/runs/R/checkpoints"));
  EXPECT_FALSE(files_.exists(options.home + "/wattle.pgdump"));
  EXPECT_TRUE(leftovers().empty());
  const Command check{.argv = {"sha256sum", "--check", "--status", "manifest.sha256"},
                      .folder = elsewhere_ / "b"};
  EXPECT_TRUE(run_captured(subprocess_, check, Seconds(60))->status.success());
}

TEST_P(BackupTest, UnderLoadNothingAcknowledgedBeforeIsLostAndEveryArtifactHasItsFile) {
  std::atomic<bool> stop{false};
  std::atomic<int> acknowledged{0};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      add_artifact("artifact " + std::to_string(i));
      ++acknowledged;
      acknowledged.notify_all();
    }
  });
  for (int now = acknowledged; now < 20; now = acknowledged) {
    acknowledged.wait(now);
  }
  for (const auto* name : {"first", "second"}) {
    const int before = acknowledged;
    const auto made = make(name);
    ASSERT_TRUE(made.ok()) << made.error().message();
    const auto options = restore_options(name);
    ASSERT_TRUE(restore(subprocess_, options).ok());
    const auto digests = digests_in(options);
    for (int i = 0; i < before; ++i) {
      EXPECT_TRUE(digests.contains(sha256_hex("artifact " + std::to_string(i)))) << i;
    }
    for (const auto& digest : digests) {
      EXPECT_TRUE(files_.exists(options.home + "/" + artifact_path(digest)));
    }
  }
  stop = true;
  writer.join();
}

TEST_P(BackupTest, ABackupThatWasChangedIsRefusedAndLeavesNothing) {
  add_artifact("model");
  ASSERT_TRUE(make("b").ok());
  std::ofstream(elsewhere_ / "b/runs/R/spec.json", std::ios::app) << "!";
  const auto options = restore_options("b");
  const auto refused = restore(subprocess_, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kIo);
  EXPECT_NE(refused.error().message().find("runs/R/spec.json"), std::string::npos);
  EXPECT_FALSE(files_.exists(options.home));
  EXPECT_TRUE(leftovers().empty());
  ASSERT_EQ(::unlink((elsewhere_ / "b/host.json").c_str()), 0);
  EXPECT_FALSE(restore(subprocess_, options).ok());
}

TEST_P(BackupTest, NothingThatIsThereIsOverwritten) {
  ASSERT_TRUE(make("b").ok());
  EXPECT_EQ(make("b").error().code(), ErrorCode::kAlreadyExists);
  RestoreOptions options = restore_options("b");
  elsewhere_.write("b-home/mine", "keep");
  EXPECT_EQ(restore(subprocess_, options).error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(*files_.list(options.home), std::vector<std::string>{"mine"});
}

TEST_P(BackupTest, ADamagedArtifactIsToldAndDoesNotKeepTheRestFromBeingBackedUp) {
  add_artifact("rotten");
  add_artifact("sound");
  const std::string rotten = folder_ / artifact_path(sha256_hex("rotten"));
  std::ofstream(rotten) << "rot";
  const auto made = make("b");
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(made->damaged, std::vector<std::string>{rotten});
  EXPECT_TRUE(files_.exists(rotten)) << "the home is left as it is";
  const auto options = restore_options("b");
  ASSERT_TRUE(restore(subprocess_, options).ok());
  EXPECT_TRUE(files_.exists(options.home + "/" + artifact_path(sha256_hex("sound"))));
  EXPECT_FALSE(files_.exists(options.home + "/" + artifact_path(sha256_hex("rotten"))));
}

TEST_P(BackupTest, ABackupGoesBackToItsOwnKindOfDatabase) {
  ASSERT_TRUE(make("b").ok());
  RestoreOptions options = restore_options("b");
  options.url = options.url.empty() ? "postgresql:///w" : "";
  EXPECT_EQ(restore(subprocess_, options).error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_FALSE(files_.exists(options.home));
}

WATTLE_ON_BOTH_DATABASES(BackupTest);

}  // namespace
}  // namespace wattle::store
