#include "wattle/store/artifact_collector.h"

#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "wattle/base/ids.h"
#include "wattle/store/artifact_schema.h"
#include "wattle/store/artifact_store.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/migrations.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

constexpr std::size_t kSmall = 1 << 20;

class ArtifactCollectorTest : public OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (!database_) {
      return;  // skipped
    }
    ASSERT_TRUE(migrate(*database_, std::vector{artifact_schema()}, clock_, {"test", ""}).ok());
    auto store = ArtifactStore::open(*database_, disk_, clock_, {.folder = folder_ / "artifacts"});
    ASSERT_TRUE(store.ok()) << store.error().message();
    store_ = std::move(*store);
  }
  /// Stores a file of its own, and lets its lease go.
  std::string add(const std::string& content) {
    const auto stored = store_->add_file(folder_.write("file", content));
    EXPECT_TRUE(stored.ok()) << stored.error().message();
    release(stored->lease);
    return stored->artifact.digest;
  }
  std::string add_folder(const std::string& name) {
    const auto stored = store_->add_folder(folder_ / name);
    EXPECT_TRUE(stored.ok()) << stored.error().message();
    release(stored->lease);
    return stored->artifact.digest;
  }
  void release(const std::string& lease) {
    EXPECT_TRUE(
        database_->write([&](Session& session) { return release_artifact_lease(session, lease); })
            .ok());
  }
  void reference(const std::string& digest, const ArtifactOwner& owner) {
    EXPECT_TRUE(database_
                    ->write([&](Session& session) {
                      return add_artifact_reference(session, {.owner = owner,
                                                              .digest = digest,
                                                              .project = "p",
                                                              .actor = "me",
                                                              .created = clock_.utc_now()});
                    })
                    .ok());
  }
  void dereference(const ArtifactOwner& owner) {
    EXPECT_TRUE(database_
                    ->write([&](Session& session) -> Status {
                      WATTLE_RETURN_IF_ERROR(
                          remove_artifact_reference(session, owner, clock_.utc_now()));
                      return {};
                    })
                    .ok());
  }
  CollectReport collect(DryRun dry_run = DryRun::kNo) {
    ArtifactCollector collector(*database_, disk_, clock_, store_->layout());
    auto report = collector.collect({.dry_run = dry_run});
    EXPECT_TRUE(report.ok()) << report.error().message();
    return *report;
  }
  bool is_there(const std::string& digest) { return store_->read(digest, kSmall).ok(); }
  void expect_clean() {
    const auto found = *store_->verify();
    EXPECT_EQ(found.problem_count, 0)
        << (found.problems.empty() ? "" : found.problems[0].digest + found.problems[0].what);
  }
  void let_a_week_pass() { clock_.advance(Seconds(7 * 86'400)); }
  /// The file's time is that of the simulated clock.
  void set_time(const std::string& path) {
    const std::int64_t ns = clock_.utc_now().ns;
    const timespec time{ns / kNanosPerSecond, ns % kNanosPerSecond};
    const std::array<timespec, 2> times{time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
  }

  SimulatedClock clock_;
  ArtifactDisk disk_;
  std::unique_ptr<ArtifactStore> store_;
};

TEST_P(ArtifactCollectorTest, RemovesWhatNobodyNeedsAndTellsHowMuch) {
  const std::string lost = add("nobody needs this");
  let_a_week_pass();
  const auto report = collect();
  EXPECT_EQ(report.artifacts, (CollectedCount{1, 17}));
  EXPECT_EQ(report.freed_bytes(), 17);
  EXPECT_FALSE(is_there(lost));
  EXPECT_FALSE(std::filesystem::exists(store_->layout().file(lost)));
  expect_clean();
}

TEST_P(ArtifactCollectorTest, KeepsWhatIsReferencedPinnedLeasedOrYoung) {
  const std::string referenced = add("1");
  const std::string pinned = add("22");
  const auto leased = store_->add_bytes("333");
  reference(referenced, {"run", "R1", "model"});
  reference(pinned, {std::string(kPin), "paper", "figures"});
  let_a_week_pass();
  ASSERT_TRUE(database_
                  ->write([&](Session& session) {
                    return take_artifact_lease(session, leased->artifact.digest, leased->lease,
                                               clock_.utc_now() + Seconds(60));
                  })
                  .ok());
  const std::string young = add("4444");
  const auto report = collect();
  EXPECT_EQ(report.artifacts, CollectedCount{});
  EXPECT_EQ(report.kept_referenced, (CollectedCount{1, 1}));
  EXPECT_EQ(report.kept_pinned, (CollectedCount{1, 2}));
  EXPECT_EQ(report.kept_leased, (CollectedCount{1, 3}));
  EXPECT_EQ(report.kept_young, (CollectedCount{1, 4}));
  for (const auto& digest : {referenced, pinned, leased->artifact.digest, young}) {
    EXPECT_TRUE(is_there(digest));
  }
}

TEST_P(ArtifactCollectorTest, ALeaseThatRanOutKeepsNothing) {
  const auto leased = store_->add_bytes("333");
  let_a_week_pass();
  collect();
  EXPECT_FALSE(is_there(leased->artifact.digest));
}

TEST_P(ArtifactCollectorTest, TheGraceBeginsWhenTheLastOwnerLetsGo) {
  const std::string digest = add("model");
  reference(digest, {"run", "R1", "model"});
  let_a_week_pass();
  dereference({"run", "R1", "model"});
  EXPECT_EQ(collect().kept_young.count, 1);
  let_a_week_pass();
  EXPECT_EQ(collect().artifacts.count, 1);
}

TEST_P(ArtifactCollectorTest, AFolderKeepsItsFilesAndTakesThemWithIt) {
  folder_.write("tree/a", "in both");
  folder_.write("tree/b", "in the folder only");
  const std::string shared = add("in both");
  const std::string own = [&] { return add("in the folder only"); }();
  const std::string tree = add_folder("tree");
  reference(tree, {"run", "R1", "outputs"});
  reference(shared, {"run", "R2", "model"});
  let_a_week_pass();
  const auto kept = collect();
  EXPECT_EQ(kept.artifacts.count, 0);
  EXPECT_EQ(kept.kept_in_folder.count, 1);
  EXPECT_TRUE(is_there(own));
  dereference({"run", "R1", "outputs"});
  let_a_week_pass();
  EXPECT_EQ(collect(DryRun::kYes).artifacts.count, 2);
  EXPECT_EQ(collect().artifacts.count, 2);
  EXPECT_FALSE(is_there(tree));
  EXPECT_FALSE(is_there(own));
  EXPECT_TRUE(is_there(shared));
  expect_clean();
}

TEST_P(ArtifactCollectorTest, ADryRunRemovesNothing) {
  const std::string digest = add("nobody needs this");
  let_a_week_pass();
  EXPECT_EQ(collect(DryRun::kYes).artifacts, (CollectedCount{1, 17}));
  EXPECT_TRUE(is_there(digest));
}

TEST_P(ArtifactCollectorTest, MoreThanOneBatchIsSwept) {
  folder_.write("tree/seed", "seed");
  for (int i = 0; i < 600; ++i) {
    folder_.write("tree/" + std::to_string(i), "content " + std::to_string(i));
  }
  add_folder("tree");
  let_a_week_pass();
  EXPECT_EQ(collect().artifacts.count, 602);
  EXPECT_EQ(store_->verify()->files, 0);
  expect_clean();
}

TEST_P(ArtifactCollectorTest, AFileWithoutARowGoesAfterTheGrace) {
  const std::string digest(64, 'a');
  std::filesystem::create_directories(store_->layout().shard(digest));
  const std::string path = store_->layout().file(digest);
  ASSERT_TRUE(RealFileSystem().write_atomic(path, "orphan").ok());
  set_time(path);
  EXPECT_EQ(collect().orphans.count, 0);
  let_a_week_pass();
  EXPECT_EQ(collect().orphans, (CollectedCount{1, 6}));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_P(ArtifactCollectorTest, ADeadUploadGoesAndALivingOneStaysHoweverOld) {
  auto living = ArtifactStaging::begin(disk_, store_->layout(), "living");
  ASSERT_TRUE((*living)->write("bytes").ok());
  const std::string dead = store_->layout().staging() + "/dead";
  std::filesystem::create_directories(dead);
  ASSERT_TRUE(RealFileSystem().write_atomic(dead + "/1", "half").ok());
  clock_.advance(Seconds(1e9));  // past the time of this host
  EXPECT_EQ(collect().staged, (CollectedCount{1, 4}));
  EXPECT_FALSE(std::filesystem::exists(dead));
  EXPECT_TRUE(std::filesystem::exists(store_->layout().staging() + "/living"));
}

TEST_P(ArtifactCollectorTest, WhatIsNotOursIsLeftAloneAndTold) {
  std::filesystem::create_directories(store_->layout().shards() + "/zz");
  std::filesystem::create_directories(store_->layout().shards() + "/ab");
  ASSERT_TRUE(RealFileSystem().write_atomic(store_->layout().shards() + "/ab/notes", "x").ok());
  clock_.advance(Seconds(1e9));
  EXPECT_EQ(collect().strangers.size(), 2U);
  EXPECT_TRUE(std::filesystem::exists(store_->layout().shards() + "/ab/notes"));
}

TEST_P(ArtifactCollectorTest, ContentStoredWhileItIsSweptIsNeverLost) {
  SystemClock clock;
  auto store = ArtifactStore::open(*database_, disk_, clock, {.folder = folder_ / "artifacts"});
  ASSERT_TRUE(store.ok());
  const std::string path = folder_.write("contended", "stored and swept at once");
  std::atomic<bool> done = false;
  std::atomic<int> swept = 0;
  std::thread sweeper([&] {
    ArtifactCollector collector(*database_, disk_, clock, (*store)->layout());
    while (!done) {
      const auto report = collector.collect({.grace = Seconds(0)});
      EXPECT_TRUE(report.ok()) << report.error().message();
      swept += report.ok() ? static_cast<int>(report->artifacts.count) : 0;
    }
  });
  const auto store_often = [&] {
    for (int i = 0; i < 40; ++i) {
      const auto stored = (*store)->add_file(path);
      ASSERT_TRUE(stored.ok()) << stored.error().message();
      // While it is leased it can be read.
      const auto read = (*store)->read(stored->artifact.digest, kSmall);
      EXPECT_TRUE(read.ok()) << read.error().message();
      release(stored->lease);
    }
  };
  std::thread other(store_often);
  store_often();
  other.join();
  done = true;
  sweeper.join();
  expect_clean();
  RecordProperty("swept", swept.load());
}

WATTLE_ON_BOTH_DATABASES(ArtifactCollectorTest);

}  // namespace
}  // namespace wattle::store
