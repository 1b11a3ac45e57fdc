#include "checkpoint.h"

#include "metrics_file.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Checkpoint sample(int rounds) {
  return {"rounds=10\nseed=1\n", 2, rounds, std::string("\0state\xff", 7)};
}

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointStore::Found load() {
    auto found = store_.load("rounds=10\nseed=1\n");
    EXPECT_TRUE(found.ok());
    return *std::move(found);
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  CheckpointStore store_{files_, folder_.path(), "trees"};
};

TEST_F(CheckpointTest, ReadsBackWhatWasSaved) {
  ASSERT_TRUE(store_.save(sample(3)).ok());
  const auto found = load();
  ASSERT_TRUE(found.checkpoint);
  EXPECT_EQ(found.checkpoint->step, 3);
  EXPECT_EQ(found.checkpoint->state, sample(3).state);
  EXPECT_EQ(found.checkpoint->threads, 2);
  EXPECT_TRUE(found.notes.empty());
}

TEST_F(CheckpointTest, KeepsTheLastTwo) {
  for (const int rounds : {5, 10, 15}) {
    ASSERT_TRUE(store_.save(sample(rounds)).ok());
  }
  EXPECT_THAT(*files_.list(folder_.path()),
              ElementsAre("trees-000000000010.checkpoint", "trees-000000000015.checkpoint"));
}

TEST_F(CheckpointTest, FallsBackFromADamagedFileAndSaysSo) {
  ASSERT_TRUE(store_.save(sample(5)).ok());
  std::string torn = encode_checkpoint("trees", sample(6));
  torn.resize(torn.size() / 2);
  folder_.write("trees-000000000006.checkpoint", torn);
  const auto found = load();
  ASSERT_TRUE(found.checkpoint);
  EXPECT_EQ(found.checkpoint->step, 5);
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("trees-000000000006.checkpoint is passed over")));
}

TEST_F(CheckpointTest, StartsAnewWhenNoneIsUsable) {
  folder_.write("trees-000000000006.checkpoint", "garbage");
  const auto found = load();
  EXPECT_FALSE(found.checkpoint);
  EXPECT_THAT(found.notes,
              ElementsAre(HasSubstr("no checkpoint of this version"), HasSubstr("starts anew")));
}

TEST_F(CheckpointTest, NoticesEveryFlippedByte) {
  const std::string good = encode_checkpoint("trees", sample(2));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(decode_checkpoint("trees", bad).ok()) << "byte " << i;
  }
}

TEST_F(CheckpointTest, RefusesAnotherTrainingAndNamesTheDifference) {
  ASSERT_TRUE(store_.save(sample(3)).ok());
  const auto found = store_.load("rounds=10\nseed=2\n");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(found.error().message(), HasSubstr("seed is 2 here and 1 there"));
}

class MetricsFileTest : public ::testing::Test {
 protected:
  void write(bool is_shared, std::string done, std::string_view line) {
    auto metrics = MetricsFile::open(files_, {path_, is_shared, std::move(done)});
    ASSERT_TRUE(metrics.ok());
    ASSERT_TRUE(metrics->append(line).ok());
  }
  std::string content() { return *files_.read(path_, 1 << 20); }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  std::string path_ = folder_ / "m.jsonl";
};

TEST_F(MetricsFileTest, BeginsAnewUnlessItIsShared) {
  folder_.write("m.jsonl", "old\n");
  write(true, "", "a");
  EXPECT_EQ(content(), "old\na\n");
  write(false, "", "b");
  EXPECT_EQ(content(), "b\n");
}

TEST_F(MetricsFileTest, CutsOffRoundsThatComeAgain) {
  folder_.write("m.jsonl", "other\n1\n2\n3\n");
  write(true, "1\n2\n", "3");
  EXPECT_EQ(content(), "other\n1\n2\n3\n");
}

TEST_F(MetricsFileTest, WritesEarlierRoundsIntoAnotherFile) {
  write(false, "1\n2\n", "3");
  EXPECT_EQ(content(), "1\n2\n3\n");
}

}  // namespace
}  // namespace wattle::training
