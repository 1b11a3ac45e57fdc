// wattle-train as a user meets it: its files, its output, its exit codes.
#include <cerrno>
#include <csignal>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/base/hash.h"
#include "wattle/base/subprocess.h"
#include "wattle/base/text.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Ended {
  int code = -1;
  std::string output;
  std::string narration;
};

class ProgramTest : public ::testing::Test {
 protected:
  static std::string digits() { return WATTLE_EXAMPLES "/digits/digits.csv.gz"; }

  std::unique_ptr<Process> start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {WATTLE_TRAIN_PROGRAM, "trees"});
    const int output = ::open((folder_ / "stdout").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    const int error = ::open((folder_ / "stderr").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    Command command{std::move(arguments), std::nullopt, folder_.path(), 0, output, error, false};
    auto process = subprocess_.start(command);
    ::close(output);
    ::close(error);
    EXPECT_TRUE(process.ok());
    return *std::move(process);
  }
  Ended finish(Process& process) {
    const auto status = process.wait();
    EXPECT_TRUE(status.ok());
    return {status->shell_code(), read("stdout"), read("stderr")};
  }
  Ended run(std::vector<std::string> arguments) { return finish(*start(std::move(arguments))); }

  std::string read(std::string_view name) {
    auto content = files_.read(folder_ / name, 64 << 20);
    return content.ok() ? *std::move(content) : "unreadable: " + content.error().message();
  }
  /// For comparisons whose failure should stay readable.
  std::string digest(std::string_view name) { return sha256_hex(read(name)); }
  bool exists(std::string_view name) { return files_.exists(folder_ / name); }

  /// A short training that samples rows and columns, so that it depends on random state.
  std::vector<std::string> short_training(const std::string& name) {
    return {"--data",      digits(),      "--target",    "digit",        "--rounds",        "24",
            "--max-depth", "3",           "--subsample", "0.6",          "--column-sample", "0.4",
            "--model-out", name + ".ubj", "--metrics",   name + ".jsonl"};
  }
  /// Starts a training whose metrics go into a pipe, reads `lines` of them, then sends the signal.
  Ended interrupt_after(int lines, int signal, std::vector<std::string> arguments) {
    const std::string pipe = folder_ / "pipe";
    EXPECT_TRUE(::mkfifo(pipe.c_str(), 0600) == 0 || errno == EEXIST);
    for (auto& argument : arguments) {
      argument = argument.ends_with(".jsonl") ? pipe : argument;
    }
    const auto process = start(std::move(arguments));
    std::ifstream metrics(pipe);
    std::string line;
    for (int i = 0; i < lines; ++i) {
      std::getline(metrics, line);
    }
    EXPECT_TRUE(process->signal(signal).ok());
    while (std::getline(metrics, line)) {
    }
    return finish(*process);
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  RealSubprocess subprocess_;
};

std::vector<std::string> with(std::vector<std::string> arguments,
                              std::initializer_list<std::string> more) {
  arguments.insert(arguments.end(), more);
  return arguments;
}

TEST_F(ProgramTest, LearnsTheDigitsToNinetySixPercent) {
  const auto ended =
      run({"--data", digits(), "--target", "digit", "--rounds", "200", "--learning-rate", "0.2",
           "--max-depth", "3", "--subsample", "0.7", "--column-sample", "0.3",
           "--validation-fraction", "0.1", "--predictions", "p.csv"});
  ASSERT_EQ(ended.code, 0) << ended.narration;
  const auto summary = nlohmann::json::parse(ended.output);
  EXPECT_GE(summary["test_accuracy"].get<double>(), 0.96);
  EXPECT_LE(summary["test_accuracy_low"], summary["test_accuracy"]);
  EXPECT_EQ(summary["rows"]["test"], 359);
  const auto model = nlohmann::json::parse(read("model.json"));
  EXPECT_EQ(model["model_sha256"], sha256_hex(read("model.ubj")));
  EXPECT_EQ(model["classes"].size(), 10U);
  EXPECT_EQ(model["feature_names"][63], "pixel_63");
  EXPECT_EQ(model["metrics"]["test_accuracy"], summary["test_accuracy"]);
  EXPECT_EQ(split(read("p.csv"), '\n').size(), 361U);  // header, rows, end
}

TEST_F(ProgramTest, WritesALineOfMetricsPerRoundAndOneForTheTest) {
  ASSERT_EQ(run(short_training("a")).code, 0);
  const std::string text = read("a.jsonl");
  const auto lines = split(trim(text), '\n');
  ASSERT_EQ(lines.size(), 25U);
  const auto first = nlohmann::json::parse(lines.front());
  EXPECT_EQ(first["step"], 1);
  EXPECT_NEAR(first["progress"].get<double>(), 1.0 / 24, 1e-12);
  EXPECT_LT(first["train_loss"].get<double>(), 2.302585);  // ln 10: what guessing gives
  EXPECT_LT(nlohmann::json::parse(lines[23])["validation_loss"], first["validation_loss"]);
  EXPECT_TRUE(nlohmann::json::parse(lines.back()).contains("test_log_loss"));
}

TEST_F(ProgramTest, EndsBitForBitTheSameAfterAnInterruption) {
  ASSERT_EQ(run(short_training("whole")).code, 0);
  for (const int rounds : {1, 2, 11, 23}) {
    const std::string name = concat("cut", rounds);
    const auto arguments =
        with(short_training(name), {"--checkpoint", name, "--checkpoint-every", "1000"});
    const auto cut = interrupt_after(rounds, SIGTERM, arguments);
    ASSERT_EQ(cut.code, 143) << cut.narration;
    EXPECT_THAT(cut.narration, HasSubstr("interrupted by signal 15 after round"));
    EXPECT_FALSE(exists(name + ".ubj"));
    const auto resumed = run(arguments);
    ASSERT_EQ(resumed.code, 0) << resumed.narration;
    EXPECT_THAT(resumed.narration, HasSubstr("resumed after round"));
    EXPECT_EQ(digest(name + ".ubj"), digest("whole.ubj")) << "after " << rounds << " rounds";
    EXPECT_EQ(read(name + ".jsonl"), read("whole.jsonl")) << "after " << rounds << " rounds";
  }
}

TEST_F(ProgramTest, ResumesFromThePreviousCheckpointAfterBeingKilled) {
  ASSERT_EQ(run(short_training("whole")).code, 0);
  const auto arguments =
      with(short_training("cut"), {"--checkpoint", "c", "--checkpoint-every", "4"});
  EXPECT_EQ(interrupt_after(14, SIGKILL, arguments).code, 137);
  const auto names = *files_.list(folder_ / "c");
  ASSERT_FALSE(names.empty());
  folder_.write("c/" + names.back(), "torn");
  const auto resumed = run(arguments);
  ASSERT_EQ(resumed.code, 0) << resumed.narration;
  EXPECT_THAT(resumed.narration, HasSubstr("is passed over"));
  EXPECT_EQ(digest("cut.ubj"), digest("whole.ubj"));
  EXPECT_EQ(read("cut.jsonl"), read("whole.jsonl"));
}

TEST_F(ProgramTest, RefusesTheCheckpointOfAnotherTraining) {
  const auto arguments =
      with(short_training("a"), {"--checkpoint", "c", "--checkpoint-every", "10"});
  ASSERT_EQ(run(arguments).code, 0);
  const auto other = run(with(arguments, {"--lambda", "2"}));
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.narration, HasSubstr("lambda is 2 here and 1 there"));
}

TEST_F(ProgramTest, LearnsARegressionWithCategories) {
  std::string table = "size,colour,price\n";
  for (int i = 0; i < 600; ++i) {
    const bool is_red = i % 3 == 0;
    table +=
        concat(i % 20, ",", is_red ? "red" : "blue", ",", (i % 20) * 2 + (is_red ? 50 : 0), ".5\n");
  }
  folder_.write("t.csv", table);
  const auto ended =
      run({"--data", "t.csv", "--target", "price", "--rounds", "100", "--predictions", "p.csv"});
  ASSERT_EQ(ended.code, 0) << ended.narration;
  EXPECT_GT(nlohmann::json::parse(ended.output)["test_r2"].get<double>(), 0.99);
  const auto model = nlohmann::json::parse(read("model.json"));
  EXPECT_THAT(model["feature_names"].get<std::vector<std::string>>(),
              ElementsAre("size", "colour=blue", "colour=red"));
  EXPECT_EQ(model["columns"][1]["encoding"], "one-hot");
}

TEST_F(ProgramTest, TestsOnAFileOfItsOwn) {
  std::string train = "x,y\n";
  for (int i = 0; i < 200; ++i) {
    train += concat(i, ",", i < 100 ? "low" : "high", "\n");
  }
  folder_.write("train.csv", train);
  folder_.write("test.csv", "y,x\nlow,3\nhigh,190\nhigh,5\n");
  const auto ended = run({"--data", "train.csv", "--test", "test.csv", "--target", "y", "--rounds",
                          "20", "--predictions", "p.csv"});
  ASSERT_EQ(ended.code, 0) << ended.narration;
  EXPECT_NEAR(nlohmann::json::parse(ended.output)["test_accuracy"].get<double>(), 2.0 / 3, 1e-9);
  EXPECT_THAT(read("p.csv"), HasSubstr("\n3,high,low,"));
}

TEST_F(ProgramTest, EstimatesWithoutLeavingAnything) {
  const auto ended = run(with(short_training("a"), {"--estimate"}));
  ASSERT_EQ(ended.code, 0) << ended.narration;
  const auto json = nlohmann::json::parse(ended.output);
  for (const char* key : {"cpu_seconds", "seconds"}) {
    EXPECT_GT(json[key]["low"].get<double>(), 0);
    EXPECT_LE(json[key]["low"], json[key]["value"]);
    EXPECT_LE(json[key]["value"], json[key]["high"]);
  }
  EXPECT_EQ(json["basis"], "2 of 24 rounds measured");
  EXPECT_EQ(json["threads"], 1);
  EXPECT_FALSE(exists("a.ubj"));
  EXPECT_FALSE(exists("a.jsonl"));
}

TEST_F(ProgramTest, AnswersBadInputWithOneLineAndItsCode) {
  folder_.write("bad.csv", "x,y\n1,0\n2,1\nabc,0\n4,1\n");
  folder_.write("one.csv", "x,y\n1,a\n2,a\n3,a\n");
  folder_.write("folder/a.csv", "x,y\n1,2\n");
  folder_.write("folder/b.csv", "x,y\n1,2\n");
  folder_.write("file", "");
  folder_.write("good.csv", "x,y\n1,0.5\n2,1\n3,1.5\n4,2\n5,3\n6,4\n7,5\n8,6\n9,7\n10,8\n");
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string words;
  };
  const std::vector<Case> cases{
      {{"--data", "none.csv", "--target", "y", "--model-out", "out/m.ubj"}, 3, "none.csv"},
      {{"--data", "bad.csv", "--target", "y"}, 2, "bad.csv:4: column 'x': 'abc' is no number"},
      {{"--data", "bad.csv", "--target", "z"}, 2, "bad.csv has no column 'z'"},
      {{"--data", "one.csv", "--target", "y"}, 2, "is 'a' in every row"},
      {{"--data", "folder", "--target", "y"}, 2, "holds 2 files"},
      {{"--data", "good.csv", "--target", "y", "--model-out", "file/m.ubj"}, 2, "Not a directory"},
      {{"--data", "good.csv", "--target", "y", "--model-out", "m.json"}, 2, "choose .ubj"},
      {{"--data", "good.csv", "--target", "y", "--model-out", "folder"}, 2, "is a folder"},
      {{"--data", "good.csv", "--target", "y", "--roundz", "3"}, 2, "did you mean '--rounds'?"},
  };
  for (const auto& [arguments, code, words] : cases) {
    const auto ended = run(arguments);
    EXPECT_EQ(ended.code, code) << ended.narration;
    EXPECT_THAT(ended.narration, HasSubstr("wattle-train: "));
    EXPECT_THAT(ended.narration, HasSubstr(words));
    EXPECT_EQ(ended.output, "");
    EXPECT_FALSE(exists("model.ubj"));
    EXPECT_FALSE(exists("model.json"));
    EXPECT_FALSE(exists("out"));
  }
}

}  // namespace
}  // namespace wattle::trainer
