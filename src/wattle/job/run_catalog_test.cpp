#include "wattle/job/run_catalog.h"

#include <gtest/gtest.h>

#include "wattle/base/ids.h"
#include "wattle/support/faulty_file_system.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::job {
namespace {

class RunCatalogTest : public ::testing::Test {
 protected:
  std::string add(std::string name) {
    clock_.advance(Seconds(1));
    RunRecord record{
        .id = make_ulid(clock_, rng_), .actor = "me", .created = clock_.utc_now(), .folder = "/"};
    record.job.name = std::move(name);
    record.job.run = std::vector<std::string>{"true"};
    record.job.params["lr"] = {.kind = spec::ScalarKind::kNumber, .text = "0.1"};
    record.inputs = {{.name = "train", .path = "/d", .sha256 = "ab", .bytes = 3}};
    EXPECT_TRUE(catalog_.add(record).ok());
    return record.id;
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
  Rng rng_{5};
  RunCatalog catalog_{files_, store::Home(folder_.path())};
};

TEST_F(RunCatalogTest, KeepsWhatWasAsked) {
  const auto id = add("digits");
  const auto record = catalog_.load(id);
  ASSERT_TRUE(record.ok()) << record.error().message();
  EXPECT_EQ(record->job.name, "digits");
  EXPECT_EQ(record->argv(), std::vector<std::string>{"true"});
  EXPECT_EQ(record->job.params.at("lr").text, "0.1");
  EXPECT_EQ(record->inputs[0].sha256, "ab");
  EXPECT_EQ(record->created, clock_.utc_now());
}

TEST_F(RunCatalogTest, ListsNewestFirst) {
  const auto first = add("a");
  const auto second = add("b");
  EXPECT_EQ(*catalog_.ids(), (std::vector<std::string>{second, first}));
}

TEST_F(RunCatalogTest, AFolderWithoutARecordWasNeverAccepted) {
  ASSERT_TRUE(
      files_.make_directories(folder_ / ("runs/" + make_ulid(clock_, rng_) + "/attempts")).ok());
  EXPECT_TRUE(catalog_.ids()->empty());
}

TEST_F(RunCatalogTest, ADamagedRecordNamesItsFile) {
  const auto id = add("a");
  folder_.write("runs/" + id + "/spec.json", "{\"schema\":");
  const auto record = catalog_.load(id);
  ASSERT_FALSE(record.ok());
  EXPECT_NE(record.error().message().find("spec.json"), std::string::npos);
}

TEST_F(RunCatalogTest, AFullDiskAtAnyStepAcceptsTheRunWholeOrNotAtAll) {
  support::FaultyFileSystem faulty(files_);
  RunCatalog catalog(faulty, store::Home(folder_.path()));
  for (int step = 1; step <= 3; ++step) {
    clock_.advance(Seconds(1));
    RunRecord record{.id = make_ulid(clock_, rng_), .created = clock_.utc_now(), .folder = "/"};
    record.job.name = "n";
    record.job.run = std::vector<std::string>{"true"};
    faulty.fail_from(step);
    const bool accepted = catalog.add(record).ok();
    faulty.heal();
    EXPECT_EQ(accepted, step > 2) << "the record takes two changes";
    EXPECT_EQ(catalog.load(record.id).ok(), accepted);
    EXPECT_EQ(catalog.ids()->size(), accepted ? 1U : 0U);
  }
}

TEST_F(RunCatalogTest, AnEmptyHomeHasNoRuns) {
  EXPECT_TRUE(catalog_.ids()->empty());
}

}  // namespace
}  // namespace wattle::job
