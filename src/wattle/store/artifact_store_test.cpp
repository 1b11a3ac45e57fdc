#include "wattle/store/artifact_store.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "wattle/base/hash.h"
#include "wattle/base/limits.h"
#include "wattle/store/artifact_collector.h"
#include "wattle/store/artifact_schema.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/migrations.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

constexpr std::size_t kSmall = 1 << 20;

class ArtifactStoreTest : public OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (!database_) {
      return;  // skipped
    }
    ASSERT_TRUE(migrate(*database_, std::vector{artifact_schema()}, clock_, {"test", ""}).ok());
    store_ = open_store({});
  }
  std::unique_ptr<ArtifactStore> open_store(std::optional<std::int64_t> quota) {
    auto store = ArtifactStore::open(*database_, disk_, clock_,
                                     {.folder = folder_ / "artifacts", .quota = quota});
    EXPECT_TRUE(store.ok()) << store.error().message();
    return std::move(*store);
  }
  StoredArtifact add_file(const std::string& path) {
    auto stored = store_->add_file(path);
    EXPECT_TRUE(stored.ok()) << stored.error().message();
    return *stored;
  }
  StoredArtifact add_folder(const std::string& path) {
    auto stored = store_->add_folder(path);
    EXPECT_TRUE(stored.ok()) << stored.error().message();
    return *stored;
  }
  void expect_error(const Status& status, ErrorCode code, std::string_view part) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code(), code) << status.error().message();
    EXPECT_NE(status.error().message().find(part), std::string::npos) << status.error().message();
  }
  static Status status_of(const Result<StoredArtifact>& result) {
    return result.ok() ? Status() : Status(result.error());
  }
  std::vector<std::string> staged() { return *RealFileSystem().list(store_->layout().staging()); }
  std::string content(const std::string& path) { return *RealFileSystem().read(path, kSmall); }
  /// The folder `tree`, with a file, one below a folder, a link and an empty folder.
  std::string make_tree() {
    folder_.write("tree/weights.bin", "weights");
    folder_.write("tree/src/train.py", "print(1)");
    std::filesystem::create_directories(folder_ / "tree/empty");
    std::filesystem::create_symlink("../weights.bin", folder_ / "tree/src/latest");
    ::chmod((folder_ / "tree/src/train.py").c_str(), 0755);
    return folder_ / "tree";
  }
  /// Changes the file of an artifact behind the store's back.
  void damage(const std::string& digest, const std::string& bytes) {
    const std::string path = store_->layout().file(digest);
    std::filesystem::remove(path);
    std::filesystem::create_directories(store_->layout().shard(digest));
    ASSERT_TRUE(RealFileSystem().write_atomic(path, bytes).ok());
  }

  SimulatedClock clock_;
  ArtifactDisk disk_;
  std::unique_ptr<ArtifactStore> store_;
};

TEST_P(ArtifactStoreTest, AFileIsNamedByItsDigestAndCannotBeChanged) {
  const auto stored = add_file(folder_.write("a.txt", "hello"));
  EXPECT_EQ(stored.artifact.digest, sha256_hex("hello"));
  EXPECT_EQ(stored.artifact.bytes, 5);
  EXPECT_FALSE(stored.was_there);
  EXPECT_EQ(*store_->read(stored.artifact.digest, kSmall), "hello");
  struct stat facts{};
  ASSERT_EQ(::stat(store_->layout().file(stored.artifact.digest).c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0400U);
  EXPECT_EQ(facts.st_nlink, 1U) << "a second name would be a way to change it";
  EXPECT_TRUE(staged().empty());
}

TEST_P(ArtifactStoreTest, WhatTheUserDoesToTheOriginalLaterDoesNotReachTheArtifact) {
  const auto stored = add_file(folder_.write("a.txt", "hello"));
  folder_.write("a.txt", "other");
  EXPECT_EQ(*store_->read(stored.artifact.digest, kSmall), "hello");
}

TEST_P(ArtifactStoreTest, TheSameContentIsKeptOnce) {
  add_file(folder_.write("a.txt", "hello"));
  const auto again = add_file(folder_.write("b.txt", "hello"));
  EXPECT_TRUE(again.was_there);
  ASSERT_TRUE(database_
                  ->read([&](Session& session) -> Status {
                    WATTLE_ASSIGN_OR_RETURN(const auto totals, artifact_totals(session));
                    EXPECT_EQ(totals.artifacts, 1);
                    EXPECT_EQ(totals.bytes, 5);
                    return {};
                  })
                  .ok());
}

TEST_P(ArtifactStoreTest, AFolderComesBackAsItWas) {
  const auto stored = add_folder(make_tree());
  EXPECT_EQ(stored.artifact.kind, ArtifactKind::kFolder);
  EXPECT_EQ(stored.artifact.content_bytes, 15);
  ASSERT_TRUE(store_->materialise(stored.artifact.digest, folder_ / "copy").ok());
  EXPECT_EQ(content(folder_ / "copy/weights.bin"), "weights");
  EXPECT_EQ(content(folder_ / "copy/src/latest"), "weights");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "copy/src/latest"));
  EXPECT_TRUE(std::filesystem::is_directory(folder_ / "copy/empty"));
  struct stat facts{};
  ASSERT_EQ(::stat((folder_ / "copy/src/train.py").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0755U);
  EXPECT_EQ(add_folder(folder_ / "copy").artifact.digest, stored.artifact.digest);
}

TEST_P(ArtifactStoreTest, AChangedCopyDoesNotReachTheArtifact) {
  const auto stored = add_file(folder_.write("a.txt", "hello"));
  ASSERT_TRUE(store_->materialise(stored.artifact.digest, folder_ / "copy").ok());
  folder_.write("copy", "other");
  EXPECT_EQ(*store_->read(stored.artifact.digest, kSmall), "hello");
}

TEST_P(ArtifactStoreTest, NothingIsMaterialisedOverWhatIsThere) {
  const auto stored = add_file(folder_.write("a.txt", "hello"));
  const std::string there = folder_.write("there", "mine");
  expect_error(store_->materialise(stored.artifact.digest, there), ErrorCode::kAlreadyExists,
               "already there");
  EXPECT_EQ(content(there), "mine");
}

TEST_P(ArtifactStoreTest, ALinkOutOfTheFolderIsRefused) {
  make_tree();
  std::filesystem::create_symlink("../../a.txt", folder_ / "tree/src/out");
  expect_error(status_of(store_->add_folder(folder_ / "tree")), ErrorCode::kInvalidArgument,
               "out of the folder");
  EXPECT_TRUE(staged().empty());
}

TEST_P(ArtifactStoreTest, APipeIsRefusedAndNotWaitedFor) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  expect_error(status_of(store_->add_file(folder_ / "pipe")), ErrorCode::kInvalidArgument,
               "regular file");
}

TEST_P(ArtifactStoreTest, WhatIsNotThereIsNamed) {
  expect_error(status_of(store_->add_file(folder_ / "none")), ErrorCode::kNotFound, "none");
  const std::string digest(64, 'a');
  const auto nothing = store_->read(digest, kSmall);
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store_->read("../../etc", kSmall).error().code(), ErrorCode::kInvalidArgument);
}

TEST_P(ArtifactStoreTest, OverTheQuotaTheUserIsToldWhatToDo) {
  store_ = open_store(10);
  add_file(folder_.write("a", "12345678"));
  expect_error(status_of(store_->add_file(folder_.write("b", "123"))),
               ErrorCode::kFailedPrecondition, "wattle gc");
  EXPECT_TRUE(store_->add_file(folder_ / "a").ok()) << "what is there takes no more room";
  EXPECT_TRUE(store_->add_file(folder_.write("c", "12")).ok());
  EXPECT_EQ(store_->verify()->problem_count, 0);
}

TEST_P(ArtifactStoreTest, VerificationFindsWhatIsMissingOrChangedAndStoringAgainMendsIt) {
  const auto first = add_file(folder_.write("a", "first"));
  const auto second = add_file(folder_.write("b", "second"));
  damage(first.artifact.digest, "First");
  std::filesystem::remove(store_->layout().file(second.artifact.digest));
  const auto found = *store_->verify();
  EXPECT_EQ(found.problem_count, 2);
  EXPECT_EQ(store_->read(first.artifact.digest, kSmall).error().code(),
            ErrorCode::kFailedPrecondition);
  add_file(folder_ / "a");
  add_file(folder_ / "b");
  EXPECT_EQ(store_->verify()->problem_count, 0);
  EXPECT_EQ(*store_->read(first.artifact.digest, kSmall), "first");
}

TEST_P(ArtifactStoreTest, DamagedContentIsNeverHandedOut) {
  const auto stored = add_file(folder_.write("a", "first"));
  damage(stored.artifact.digest, "First");
  EXPECT_FALSE(store_->read(stored.artifact.digest, kSmall).ok());
  expect_error(store_->materialise(stored.artifact.digest, folder_ / "copy"),
               ErrorCode::kFailedPrecondition, "damaged");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy.wattle-part"));
}

TEST_P(ArtifactStoreTest, AReferenceIsOfOneContent) {
  const auto first = add_file(folder_.write("a", "first"));
  const auto second = add_file(folder_.write("b", "second"));
  ArtifactReference reference{.owner = {"run", "R1", "model"},
                              .digest = first.artifact.digest,
                              .project = "p",
                              .actor = "me"};
  const auto add = [&](Session& session) { return add_artifact_reference(session, reference); };
  ASSERT_TRUE(database_->write(add).ok());
  ASSERT_TRUE(database_->write(add).ok()) << "the same again is fine";
  reference.digest = second.artifact.digest;
  expect_error(database_->write(add), ErrorCode::kAlreadyExists, "another name");
  reference.digest = std::string(64, 'b');
  expect_error(database_->write(add), ErrorCode::kNotFound, "no artifact");
}

WATTLE_ON_BOTH_DATABASES(ArtifactStoreTest);

}  // namespace
}  // namespace wattle::store
