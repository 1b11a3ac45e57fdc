// The parts that checkpoints are made of, each by itself.
#include "checkpoint_log.h"
#include "confirmation.h"
#include "journal.h"
#include "json_scanner.h"
#include "secret_redactor.h"
#include "young_interval.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/support/faulty_file_system.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::supervise {
namespace {

using ::testing::HasSubstr;

TEST(YoungInterval, IsTheRootOfTwiceTheCostTimesTheMeanTime) {
  // By hand: sqrt(2 * 1 * 86400) = 415.69; sqrt(2 * 30 * 3600) = 464.76; sqrt(2 * 2 * 2500) = 100.
  EXPECT_NEAR(young_interval(Seconds(1), Seconds(86'400)).value(), 415.69, 0.01);
  EXPECT_NEAR(young_interval(Seconds(30), Seconds(3'600)).value(), 464.76, 0.01);
  EXPECT_NEAR(young_interval(Seconds(2), Seconds(2'500)).value(), 100, 1e-9);
}

TEST(YoungInterval, StaysBetweenTenSecondsAndADay) {
  EXPECT_EQ(young_interval(Seconds(0.01), Seconds(60)).value(), 10);
  EXPECT_EQ(young_interval(Seconds(0), Seconds(86'400)).value(), 10);
  EXPECT_EQ(young_interval(Seconds(-5), Seconds(86'400)).value(), 10);
  EXPECT_EQ(young_interval(Seconds(100'000), Seconds(1e9)).value(), 86'400);
}

TEST(Confirmation, IsReadAsTheContractHasIt) {
  const auto read = parse_confirmation(R"({"path": "step-1200.pt", "step": 1200, "request": 3})");
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(*read, (Confirmation{.path = "step-1200.pt", .step = 1200, .request = 3}));
  EXPECT_EQ(*parse_confirmation("{\"path\":\"a\"}\n"), (Confirmation{.path = "a"}));
}

TEST(Confirmation, PassesOverWhatItDoesNotKnow) {
  const auto read = parse_confirmation(
      R"( {"loss":0.5e-3,"more":{"a":[1,{"b":null}],"c":"}"},"path":"x\u00e9\ud83d\ude00\"/y",)"
      R"("step":1.2e3,"request":null,"ok":true} )");
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->path, "x\xc3\xa9\xf0\x9f\x98\x80\"/y");
  EXPECT_EQ(read->step, 1200);
  EXPECT_EQ(read->request, 0);
}

TEST(Confirmation, IsRefusedWhenItIsNoneAndSaysWhere) {
  const std::string deep(64, '[');
  for (const std::string& text : {std::string(),
                                  std::string("{"),
                                  std::string("[]"),
                                  std::string("{}"),
                                  std::string(R"({"path":3})"),
                                  std::string(R"({"path":""})"),
                                  std::string(R"({"path":"a")"),
                                  std::string(R"({"path":"a"} x)"),
                                  std::string(R"({"path":"a",})"),
                                  std::string(R"({"path":"a\u0000b"})"),
                                  std::string(R"({"path":"\ud800"})"),
                                  std::string(R"({"path":"a\x"})"),
                                  std::string(R"({"path":"a","step":1.5})"),
                                  std::string(R"({"path":"a","step":"1"})"),
                                  std::string(R"({"path":"a","request":-1})"),
                                  std::string(R"({"path":"a","step":01})"),
                                  std::string(R"({"path":"a","step":1e400})"),
                                  "{\"path\":\"a\",\"x\":" + deep,
                                  std::string("{\"path\":\"\xff\"}"),
                                  std::string("{\"path\":\"a\nb\"}"),
                                  R"({"path":")" + std::string(kConfirmationBytes, 'a') + "\"}"}) {
    const auto read = parse_confirmation(text);
    ASSERT_FALSE(read.ok()) << text.substr(0, 80);
    EXPECT_EQ(read.error().code(), ErrorCode::kParse);
    EXPECT_THAT(read.error().message(), HasSubstr("the confirmation is not understood"));
  }
}

TEST(Confirmation, AgreesWithAParserOfOthersOnDamagedText) {
  const std::uint64_t seed = 20'261'125;
  Rng random(seed);
  const std::string whole =
      R"({"path":"a\u00e9\\b","step":-12,"request":3,"x":[1.5e-2,{"y":[true,null]},"z"]})";
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = whole;
    for (auto edits = random.below(3); edits > 0; --edits) {
      text[random.below(text.size())] = R"({}[]",:\0a 1.eu-)"[random.below(16)];
    }
    const auto ours = parse_confirmation(text);
    const bool theirs = nlohmann::json::accept(text);
    accepted += ours.ok() ? 1 : 0;
    EXPECT_TRUE(theirs || !ours.ok()) << "seed " << seed << ": " << text;
  }
  EXPECT_GT(accepted, 100);
}

TEST(Utf8, IsWhatUnicodeSaysItIs) {
  EXPECT_TRUE(is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const auto* bad : {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

class Resolving : public ::testing::Test {
 protected:
  Result<std::string> resolve(const std::string& path) {
    return resolve_checkpoint(temporary_ / "checkpoints", path);
  }
  void link(const std::string& target, const std::string& name) {
    ASSERT_EQ(::symlink(target.c_str(), (temporary_ / ("checkpoints/" + name)).c_str()), 0);
  }
  support::TemporaryFolder temporary_;
  std::string inside_ = temporary_.write("checkpoints/folder/part", "x");
  std::string outside_ = temporary_.write("outside/secret", "y");
};

TEST_F(Resolving, FindsFilesAndFoldersBelow) {
  EXPECT_EQ(*resolve("folder/part"), inside_);
  EXPECT_EQ(*resolve("./folder/../folder"), temporary_ / "checkpoints/folder");
  link("folder", "newest");
  EXPECT_EQ(*resolve("newest"), temporary_ / "checkpoints/folder");
}

TEST_F(Resolving, RefusesWhatLeadsOut) {
  link("../outside", "out");
  link(outside_, "folder/weights");
  for (const std::string& path :
       {outside_, std::string("../outside/secret"), std::string("out/secret"), std::string("out"),
        std::string("."), std::string("folder/.."), std::string("folder")}) {
    const auto found = resolve(path);
    ASSERT_FALSE(found.ok()) << path;
    EXPECT_EQ(found.error().code(), ErrorCode::kInvalidArgument) << path;
  }
  EXPECT_EQ(resolve("absent").error().code(), ErrorCode::kNotFound);
  ASSERT_EQ(::mkfifo((temporary_ / "checkpoints/pipe").c_str(), 0600), 0);
  EXPECT_EQ(resolve("pipe").error().code(), ErrorCode::kInvalidArgument);
}

TEST(CheckpointLog, KeepsTheNewerHalf) {
  const support::TemporaryFolder folder;
  RealFileSystem files;
  CheckpointLog log(files, folder / "log", Bytes(4096));
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(log.append({.number = i, .confirmation = {.path = "p"}, .digest = {"d", 1}}).ok());
  }
  const auto text = files.read(folder / "log", limits::kSmallFileBytes).value();
  EXPECT_LE(text.size(), 4096U + 200U);
  const auto lines = split(trim(text), '\n');
  EXPECT_GT(lines.size(), 10U);
  EXPECT_EQ(nlohmann::json::parse(lines.back()).value("number", 0), 100);
  EXPECT_TRUE(nlohmann::json::accept(lines.front()));
}

TEST(CheckpointLog, GoesOnAfterAFullDisk) {
  const support::TemporaryFolder folder;
  RealFileSystem real;
  support::FaultyFileSystem files(real);
  CheckpointLog log(files, folder / "log", Bytes(4096));
  const CheckpointEntry entry{.number = 1, .confirmation = {.path = "p"}, .digest = {"d", 1}};
  ASSERT_TRUE(log.append(entry).ok());
  files.fail_from(1);
  EXPECT_FALSE(log.append(entry).ok());
  files.heal();
  ASSERT_TRUE(log.append(entry).ok());
  const auto text = real.read(folder / "log", limits::kSmallFileBytes).value();
  int whole = 0;
  for (const auto line : split(text, '\n')) {
    whole += nlohmann::json::accept(line) ? 1 : 0;
  }
  EXPECT_EQ(whole, 2);
}

TEST(Journal, IsBounded) {
  const support::TemporaryFolder folder;
  const SimulatedClock clock;
  Journal journal(clock, folder / "log");
  for (int i = 0; i < Journal::kMostLines + 500; ++i) {
    journal.write("something");
  }
  RealFileSystem files;
  const auto text = files.read(folder / "log", limits::kSmallFileBytes).value();
  EXPECT_EQ(std::ranges::count(text, '\n'), Journal::kMostLines + 1);
  EXPECT_THAT(text, HasSubstr("further lines are left out"));
}

}  // namespace
}  // namespace wattle::supervise
