// Which checkpoint a run goes on from.
#include "wattle/executor/checkpoint_records.h"

#include <array>
#include <filesystem>

#include <gtest/gtest.h>

#include "wattle/base/path_digest.h"
#include "wattle/base/text.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

class CheckpointRecords : public testing::Test {
 protected:
  /// Writes a checkpoint and the line by which it counts.
  void make(int attempt, int number, const std::string& path, const std::string& text) {
    temporary_.write("checkpoints/" + path, text);
    const auto name = path.substr(0, path.find('/'));
    const auto digest = digest_path(folder_ + "/" + name).value();
    lines_[attempt] += concat("{\"number\":", number, ",\"path\":\"", name,
                              "\",\"step\":", number * 10, ",\"request\":", number,
                              ",\"sha256\":\"", digest.sha256, "\",\"bytes\":", digest.bytes,
                              ",\"requested_utc_ns\":5,\"requested_boot_ns\":6,"
                              "\"confirmed_utc_ns\":7,\"confirmed_boot_ns\":8,"
                              "\"cost_seconds\":2.500000}\n");
    save(attempt, lines_[attempt]);
  }
  void save(int attempt, const std::string& text) {
    temporary_.write(concat("attempts/", attempt, "/checkpoints.jsonl"), text);
  }
  NewestCheckpoint newest() {
    const std::array attempts{temporary_ / "attempts/1", temporary_ / "attempts/2",
                              temporary_ / "attempts/3"};
    return newest_verified(files_, attempts, folder_).value();
  }

  support::TemporaryFolder temporary_;
  std::string folder_ = temporary_ / "checkpoints";
  std::map<int, std::string> lines_;
  RealFileSystem files_;
};

TEST_F(CheckpointRecords, AreReadWhole) {
  make(1, 3, "step-30", "thirty");
  const auto record = read_checkpoints(files_, temporary_ / "attempts/1")->front();
  EXPECT_EQ(record.number, 3);
  EXPECT_EQ(record.path, "step-30");
  EXPECT_EQ(record.step, 30);
  EXPECT_EQ(record.request, 3);
  EXPECT_EQ(record.bytes, 6);
  EXPECT_EQ(record.requested->ns, 5);
  EXPECT_EQ(record.requested_boot->ns, 6);
  EXPECT_EQ(record.confirmed.ns, 7);
  EXPECT_EQ(record.confirmed_boot.ns, 8);
  EXPECT_EQ(record.cost->value(), 2.5);
}

TEST_F(CheckpointRecords, WithoutAnyThereIsNothingToGoOnFrom) {
  EXPECT_FALSE(newest().record.has_value());
  EXPECT_TRUE(newest().notes.empty());
}

TEST_F(CheckpointRecords, TornLinesAreNone) {
  make(1, 1, "a", "one");
  make(1, 2, "b", "two");
  const auto whole = lines_[1];
  const auto first = whole.find('\n') + 1;
  for (std::size_t cut = 0; cut + 1 < whole.size(); ++cut) {
    save(1, whole.substr(0, cut) + "\n" + whole.substr(0, first));
    const auto records = read_checkpoints(files_, temporary_ / "attempts/1").value();
    EXPECT_EQ(records.size(), cut + 1 >= first ? 2U : 1U) << cut;
  }
}

TEST_F(CheckpointRecords, TheNewestOfTheLastAttemptIsTaken) {
  make(1, 5, "a", "one");
  make(2, 1, "b", "two");
  make(2, 2, "c/weights", "three");
  const auto found = newest();
  EXPECT_EQ(found.record->path, "c");
  EXPECT_EQ(found.attempt_folder, temporary_ / "attempts/2");
  EXPECT_TRUE(found.notes.empty());
}

TEST_F(CheckpointRecords, WhatIsDamagedOrGoneIsLeftOutAndNamed) {
  make(1, 5, "a", "one");
  make(2, 1, "b", "two");
  make(2, 2, "c/weights", "three");
  temporary_.write("checkpoints/c/weights", "thrEE");
  std::filesystem::remove(folder_ + "/b");
  const auto found = newest();
  EXPECT_EQ(found.record->path, "a");
  EXPECT_EQ(found.attempt_folder, temporary_ / "attempts/1");
  ASSERT_EQ(found.notes.size(), 2U);
  EXPECT_NE(found.notes[0].find("checkpoint c is left out: it is damaged"), std::string::npos);
  EXPECT_NE(found.notes[1].find("checkpoint b is left out: it is no longer there"),
            std::string::npos);
}

TEST_F(CheckpointRecords, AFileThatCameLaterDamagesAFolder) {
  make(1, 1, "c/weights", "three");
  temporary_.write("checkpoints/c/more", "");
  EXPECT_FALSE(newest().record.has_value());
}

}  // namespace
}  // namespace wattle::executor
