// What is left of the artifact store when the disk or the database fails at any step, or when the
// process is killed there.
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/hash.h"
#include "wattle/store/artifact_collector.h"
#include "wattle/store/artifact_fixture.h"
#include "wattle/store/artifact_schema.h"
#include "wattle/store/artifact_store.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/migrations.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

constexpr std::size_t kSmall = 1 << 20;
constexpr int kMostSteps = 500;  // more than the story has

const ArtifactOwner kOwner{"run", "R1", "outputs"};

/// One life of a store: things are stored, referenced, let go and swept.
class Story {
 public:
  /// It begins `later` than others do: after every lease that they may have left.
  Story(Database& database, ArtifactDisk& disk, const support::TemporaryFolder& folder,
        Seconds later = Seconds(0))
      : database_(database), disk_(disk), folder_(folder) {
    clock_.advance(later);
  }

  Status tell() {
    WATTLE_ASSIGN_OR_RETURN(
        const auto store,
        ArtifactStore::open(database_, disk_, clock_, {.folder = folder_ / "artifacts"}));
    WATTLE_ASSIGN_OR_RETURN(const auto lost, store->add_file(folder_ / "lost"));
    WATTLE_ASSIGN_OR_RETURN(const auto tree, store->add_folder(folder_ / "tree"));
    const Status referenced = database_.write([&](Session& session) -> Status {
      WATTLE_RETURN_IF_ERROR(release_artifact_lease(session, lost.lease));
      WATTLE_RETURN_IF_ERROR(release_artifact_lease(session, tree.lease));
      return add_artifact_reference(session, {.owner = kOwner,
                                              .digest = tree.artifact.digest,
                                              .project = "p",
                                              .actor = "me",
                                              .created = clock_.utc_now()});
    });
    WATTLE_RETURN_IF_ERROR(referenced);
    clock_.advance(Seconds(1e9));  // past the time of this host, and every grace
    ArtifactCollector collector(database_, disk_, clock_, store->layout());
    WATTLE_ASSIGN_OR_RETURN(const auto report, collector.collect({}));
    if (std::filesystem::exists(store->layout().file(lost.artifact.digest))) {
      return Error(ErrorCode::kInternal, "what nobody needs was not removed");
    }
    // Swept, and stored again.
    WATTLE_RETURN_IF_ERROR(store->add_file(folder_ / "lost"));
    return {};
  }

 private:
  Database& database_;
  ArtifactDisk& disk_;
  const support::TemporaryFolder& folder_;
  SimulatedClock clock_;
};

class ArtifactSurvivalTest : public OnBothDatabases {
 protected:
  /// A database for each step.
  void SetUp() override {
    OnBothDatabases::SetUp();
    database_.reset();
  }
  std::unique_ptr<Database> open_in(const support::TemporaryFolder& folder) const {
    auto database = open_database({.home = folder.path(), .url = url_});
    EXPECT_TRUE(database.ok()) << database.error().message();
    return std::move(*database);
  }
  void begin(support::TemporaryFolder& folder) {
    folder.write("lost", "nobody needs this");
    folder.write("tree/weights", "weights");
    folder.write("tree/deep/log", "log");
    url_ = server_ ? server_->create_database() : std::string();
    database_ = open_in(folder);
    ASSERT_TRUE(migrate(*database_, std::vector{artifact_schema()}, clock_, {"test", ""}).ok());
  }
  /// No row without its file; what is referenced can be read to the last byte.
  void expect_consistent(const support::TemporaryFolder& folder) {
    auto store = ArtifactStore::open(*database_, disk_, clock_, {.folder = folder / "artifacts"});
    ASSERT_TRUE(store.ok());
    const auto found = (*store)->verify();
    ASSERT_TRUE(found.ok()) << found.error().message();
    EXPECT_EQ(found->problem_count, 0) << found->problems[0].what;
    std::vector<ArtifactReference> references;
    ASSERT_TRUE(database_
                    ->read([&](Session& session) -> Status {
                      WATTLE_ASSIGN_OR_RETURN(references,
                                              artifact_references_of(session, "run", "R1"));
                      return {};
                    })
                    .ok());
    for (const auto& reference : references) {
      std::filesystem::remove_all(folder / "copy");
      const auto copied = (*store)->materialise(reference.digest, folder / "copy");
      EXPECT_TRUE(copied.ok()) << copied.error().message();
      EXPECT_EQ(*RealFileSystem().read(folder / "copy/deep/log", kSmall), "log");
    }
  }
  /// The whole story once more, then nobody needs anything: nothing may be left.
  void expect_recovery(const support::TemporaryFolder& folder) {
    const auto told = Story(*database_, disk_, folder, Seconds(2e9)).tell();
    ASSERT_TRUE(told.ok()) << told.error().message();
    expect_consistent(folder);
    SimulatedClock later;
    later.advance(Seconds(4e9));
    const Status let_go = database_->write([&](Session& session) -> Status {
      WATTLE_RETURN_IF_ERROR(remove_artifact_references(session, "run", "R1", {}));
      return {};
    });
    ASSERT_TRUE(let_go.ok());
    const ArtifactLayout layout(folder / "artifacts");
    ArtifactCollector collector(*database_, disk_, later, layout);
    ASSERT_TRUE(collector.collect({}).ok());
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "artifacts")) {
      EXPECT_TRUE(entry.is_directory() || entry.path() == layout.lock_file() ||
                  entry.path() == layout.turn_file())
          << entry.path();
    }
    ASSERT_TRUE(database_
                    ->read([](Session& session) -> Status {
                      WATTLE_ASSIGN_OR_RETURN(const auto totals, artifact_totals(session));
                      EXPECT_EQ(totals.artifacts, 0);
                      EXPECT_EQ(totals.bytes, 0);
                      return {};
                    })
                    .ok());
  }

  SimulatedClock clock_;
  ArtifactDisk disk_;
};

TEST_P(ArtifactSurvivalTest, AFailureOfAnyStepLeavesAConsistentStoreAndTheRetrySucceeds) {
  Steps steps;
  FaultyArtifactDisk disk(steps);
  int step = 1;
  for (; step < kMostSteps; ++step) {
    SCOPED_TRACE("failing from step " + std::to_string(step));
    support::TemporaryFolder folder;
    begin(folder);
    FaultyDatabase database(*database_, steps);
    steps.end_at(step, Steps::Ending::kFails);
    const auto told = Story(database, disk, folder).tell();
    steps.heal();
    if (told.ok()) {
      break;
    }
    EXPECT_EQ(told.error().code(), ErrorCode::kIo) << told.error().message();
    expect_consistent(folder);
    expect_recovery(folder);
    database_.reset();
  }
  EXPECT_GT(step, 60);
  EXPECT_LT(step, kMostSteps);
}

TEST_P(ArtifactSurvivalTest, AKillAtAnyStepLeavesAConsistentStore) {
  int step = 1;
  for (; step < kMostSteps; ++step) {
    SCOPED_TRACE("killed before step " + std::to_string(step));
    support::TemporaryFolder folder;
    begin(folder);
    database_.reset();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto own = open_in(folder);
      Steps steps;
      FaultyArtifactDisk disk(steps);
      FaultyDatabase database(*own, steps);
      steps.end_at(step, Steps::Ending::kIsKilled);
      ::_exit(Story(database, disk, folder).tell().ok() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
    database_ = open_in(folder);
    expect_consistent(folder);
    expect_recovery(folder);
    database_.reset();
  }
  EXPECT_GT(step, 60);
  EXPECT_LT(step, kMostSteps);
}

/// A disk with so many bytes left; what is removed gives none back.
class FullDisk final : public ArtifactDisk {
 public:
  explicit FullDisk(std::size_t bytes) : left_(bytes) {}
  Status write(int file, std::string_view bytes, const std::string& path) override {
    if (bytes.size() > left_) {
      return Steps::full("writing " + path);
    }
    left_ -= bytes.size();
    return ArtifactDisk::write(file, bytes, path);
  }

 private:
  std::size_t left_;
};

TEST_P(ArtifactSurvivalTest, AFullDiskIsToldAndNothingIsLeftInTheStaging) {
  support::TemporaryFolder folder;
  begin(folder);
  for (std::size_t left = 0; left < 10; ++left) {
    FullDisk disk(left);
    auto store = ArtifactStore::open(*database_, disk, clock_, {.folder = folder / "artifacts"});
    ASSERT_TRUE(store.ok());
    const auto stored = (*store)->add_folder(folder / "tree");
    ASSERT_FALSE(stored.ok());
    EXPECT_EQ(stored.error().code(), ErrorCode::kIo);
    EXPECT_NE(stored.error().message().find("No space left"), std::string::npos);
    EXPECT_TRUE(RealFileSystem().list((*store)->layout().staging())->empty());
  }
  expect_consistent(folder);
  expect_recovery(folder);
}

WATTLE_ON_BOTH_DATABASES(ArtifactSurvivalTest);

}  // namespace
}  // namespace wattle::store
