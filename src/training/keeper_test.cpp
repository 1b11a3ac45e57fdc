#include "keeper.h"

#include <csignal>
#include <map>

#include "settings.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The bits of "SigCgt:" of this process: the signals that it catches.
std::uint64_t caught_signals() {
  RealFileSystem files;
  const std::string status = *files.read("/proc/self/status", 1 << 20);
  const auto found = status.find("SigCgt:");
  return std::stoull(std::string(trim(std::string_view(status).substr(found + 7, 20))), nullptr,
                     16);
}

bool is_caught(int signal) {
  return (caught_signals() >> (signal - 1) & 1) != 0;
}

TEST(Interruption, CatchesTheSignalsSoThatWattleSendsThem) {
  const bool before = is_caught(SIGUSR1);
  {
    const auto interruption = Interruption::create();
    ASSERT_TRUE(interruption.ok());
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) {
      EXPECT_TRUE(is_caught(signal)) << signal;
    }
  }
  EXPECT_EQ(is_caught(SIGUSR1), before);
}

TEST(Interruption, TellsRequestsOnceAndTheEndForGood) {
  auto interruption = Interruption::create();
  ASSERT_TRUE(interruption.ok());
  EXPECT_FALSE(interruption->take_request());
  std::raise(SIGUSR1);
  EXPECT_TRUE(interruption->take_request());
  EXPECT_FALSE(interruption->take_request());
  EXPECT_FALSE(interruption->pending());
  std::raise(SIGTERM);
  EXPECT_EQ(interruption->pending(), SIGTERM);
  EXPECT_EQ(interruption->pending(), SIGTERM);
}

class KeeperTest : public ::testing::Test {
 protected:
  KeeperTest() {
    EXPECT_TRUE(store_.prepare().ok());
    EXPECT_TRUE(interruption_.ok());
  }
  Keeper keeper(CheckpointContract contract) {
    return {files_, clock_, std::move(contract), *interruption_};
  }
  CheckpointContract contract() {
    return {folder_ / "checkpoints", folder_ / "request", folder_ / "confirm", ""};
  }
  Checkpoint at(std::int64_t step) { return {"seed=1\n", 1, step, "state"}; }
  nlohmann::json confirmed() {
    return nlohmann::json::parse(*files_.read(folder_ / "confirm", 4096));
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
  CheckpointStore store_{files_, folder_ / "checkpoints", "trees"};
  Result<Interruption> interruption_ = Interruption::create();
};

TEST_F(KeeperTest, ConfirmsWhatItSavedAndWhichRequestThatAnswers) {
  Keeper keeper = this->keeper(contract());
  ASSERT_TRUE(keeper.save(store_, at(3)).ok());
  EXPECT_EQ(confirmed()["path"], "trees-000000000003.checkpoint");
  EXPECT_EQ(confirmed()["step"], 3);
  EXPECT_FALSE(confirmed().contains("request"));

  folder_.write("request", "1\n");
  ASSERT_TRUE(keeper.save(store_, at(4)).ok());
  EXPECT_EQ(confirmed()["request"], 1);
  ASSERT_TRUE(keeper.save(store_, at(5)).ok());
  EXPECT_EQ(confirmed()["step"], 5);
  EXPECT_FALSE(confirmed().contains("request")) << "it was answered before";
}

TEST_F(KeeperTest, SeesARequestThatNoSignalTellsOf) {
  Keeper keeper = this->keeper(contract());
  EXPECT_FALSE(keeper.due().is_requested);
  folder_.write("request", "1\n");
  EXPECT_FALSE(keeper.due().is_requested) << "it looks twenty times a second, not at every step";
  clock_.advance(Seconds(0.05));
  EXPECT_TRUE(keeper.due().is_requested);
  ASSERT_TRUE(keeper.save(store_, at(1)).ok());
  clock_.advance(Seconds(1));
  EXPECT_FALSE(keeper.due().is_requested);
  folder_.write("request", "2\n");
  clock_.advance(Seconds(1));
  EXPECT_TRUE(keeper.due().is_requested);
}

TEST_F(KeeperTest, SavesOnASignalAndBeforeTheEnd) {
  Keeper keeper = this->keeper({});
  std::raise(SIGUSR2);
  EXPECT_TRUE(keeper.due().is_requested);
  EXPECT_FALSE(keeper.due().is_requested);
  std::raise(SIGINT);
  EXPECT_EQ(keeper.due().end, SIGINT);
}

TEST_F(KeeperTest, DoesNotConfirmWhatLiesOutsideOfWattlesFolder) {
  auto elsewhere = contract();
  elsewhere.folder = folder_ / "other";
  Keeper keeper = this->keeper(elsewhere);
  ASSERT_TRUE(keeper.save(store_, at(1)).ok());
  EXPECT_FALSE(files_.exists(folder_ / "confirm"));
}

TEST_F(KeeperTest, ResumesFromTheCheckpointThatItIsToldElseFromTheNewest) {
  Keeper saver = this->keeper({});
  ASSERT_TRUE(saver.save(store_, at(10)).ok());
  ASSERT_TRUE(saver.save(store_, at(20)).ok());
  auto told = contract();
  told.resume_from = folder_ / "checkpoints/trees-000000000010.checkpoint";
  EXPECT_EQ(keeper(told).load(store_, "seed=1\n")->checkpoint->step, 10);
  folder_.write("checkpoints/trees-000000000010.checkpoint", "torn");
  const auto found = keeper(told).load(store_, "seed=1\n");
  EXPECT_EQ(found->checkpoint->step, 20);
  EXPECT_THAT(found->notes, ElementsAre(HasSubstr("is passed over")));
  EXPECT_EQ(keeper(contract()).load(store_, "seed=1\n")->checkpoint->step, 20);
}

TEST(Settings, TakeWordsAndLists) {
  enum class Colour { kRed, kBlue };
  Colour colour = Colour::kRed;
  std::vector<std::int64_t> sizes{1, 2};
  const Setting word{"colour", choice(colour, {"red", "blue"}), ""};
  const Setting list{"sizes", Sizes{&sizes, 100, 3}, ""};
  EXPECT_EQ(value_of(word), "red");
  EXPECT_EQ(value_of(list), "1,2");
  ASSERT_TRUE(assign(word, "blue", "--colour").ok());
  EXPECT_EQ(colour, Colour::kBlue);
  ASSERT_TRUE(assign(list, "7, 8,9", "--sizes").ok());
  EXPECT_THAT(sizes, ElementsAre(7, 8, 9));
  EXPECT_EQ(assign(word, "green", "--colour").error().message(),
            "--colour: 'green' is not known; it takes red, blue");
  EXPECT_THAT(assign(list, "1,2,3,4", "--sizes").error().message(), HasSubstr("names too many"));
  EXPECT_THAT(assign(list, "1,101", "--sizes").error().message(), HasSubstr("1 to 100"));
  EXPECT_FALSE(assign(list, "", "--sizes").ok());
}

}  // namespace
}  // namespace wattle::training
