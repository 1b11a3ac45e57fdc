// `wattle-train mlp` and `cnn` as a user meets them: files, output, exit codes, interruptions.
#include <cerrno>
#include <csignal>
#include <fstream>

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

#ifdef __SANITIZE_ADDRESS__
/// The parts are linked with libtorch; see main.cpp.
extern "C" int __lsan_is_turned_off() {
  return 1;
}
#endif

namespace wattle::torch_trainer {
namespace {

using ::testing::HasSubstr;

struct Ended {
  int code = -1;
  std::string output;
  std::string narration;
};

class NetworkProgramTest : public ::testing::Test {
 protected:
  std::unique_ptr<Process> start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), WATTLE_TRAIN_PROGRAM);
    const int output = ::open((folder_ / "stdout").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    const int error = ::open((folder_ / "stderr").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    Command command{std::move(arguments), environment_, folder_.path(), 0, output, error, false};
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

  std::string read(const std::string& name) {
    auto content = files_.read(folder_ / name, 64 << 20);
    return content.ok() ? *std::move(content) : "unreadable: " + content.error().message();
  }
  std::string digest(const std::string& name) { return sha256_hex(read(name)); }

  /// A short training whose every part has state: momentum, dropout, batch norm, best weights.
  static std::vector<std::string> short_training(const std::string& name,
                                                 std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{
        "mlp",       "--data",       WATTLE_EXAMPLES "/digits/digits.csv.gz",
        "--target",  "digit",        "--epochs",
        "4",         "--layers",     "24",
        "--batch",   "100",          "--batch-norm",
        "on",        "--model-out",  name + ".pt",
        "--metrics", name + ".jsonl"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  void expect_same_results(const std::string& name, const std::string& other) {
    for (const char* ending : {".pt", ".onnx", ".jsonl"}) {
      EXPECT_EQ(digest(name + ending), digest(other + ending)) << name << ending;
    }
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
  std::optional<std::vector<std::string>> environment_;
};

TEST_F(NetworkProgramTest, LearnsTheDigitsToNinetySevenAndAHalfPercent) {
  const auto ended =
      run({"mlp", "--data", WATTLE_EXAMPLES "/digits/digits.csv.gz", "--target", "digit",
           "--layers", "256,128", "--batch-norm", "on", "--epochs", "40", "--early-stopping", "0",
           "--validation-fraction", "0.1", "--dropout", "0.3", "--predictions", "p.csv"});
  ASSERT_EQ(ended.code, 0) << ended.narration;
  const auto summary = nlohmann::json::parse(ended.output);
  EXPECT_GE(summary["test_accuracy"].get<double>(), 0.975) << ended.narration;
  const auto model = nlohmann::json::parse(read("model.json"));
  EXPECT_EQ(model["model_sha256"], digest("model.pt"));
  EXPECT_EQ(model["onnx_sha256"], digest("model.onnx"));
  EXPECT_EQ(model["classes"].size(), 10U);
  EXPECT_EQ(model["metrics"]["test_accuracy"], summary["test_accuracy"]);
  EXPECT_THAT(model["arithmetic"]["library"].get<std::string>(), HasSubstr("libtorch"));
  EXPECT_EQ(split(read("p.csv"), '\n').size(), 361U);  // header, rows, end
}

TEST_F(NetworkProgramTest, EndsBitForBitTheSameAfterAnInterruption) {
  ASSERT_EQ(run(short_training("whole")).code, 0);
  ASSERT_EQ(run(short_training("again")).code, 0);
  expect_same_results("again", "whole");
  for (const int signal : {SIGTERM, SIGKILL}) {
    const std::string name = concat("cut", signal);
    const auto arguments = short_training(name, {"--checkpoint", name, "--checkpoint-every", "3"});
    EXPECT_EQ(interrupt_after(2, signal, arguments).code, 128 + signal);
    EXPECT_FALSE(files_.exists(folder_ / (name + ".pt")));
    const auto resumed = run(arguments);
    ASSERT_EQ(resumed.code, 0) << resumed.narration;
    EXPECT_THAT(resumed.narration, HasSubstr("resumed after step"));
    expect_same_results(name, "whole");
  }
}

TEST_F(NetworkProgramTest, AnswersARequestAndGoesOn) {
  ASSERT_EQ(run(short_training("whole", {"--optimizer", "sgd", "--precision", "bf16"})).code, 0);
  environment_.emplace();
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment_->emplace_back(*variable);
  }
  for (const auto& [name, file] :
       {std::pair{"DIR", "c"}, {"REQUEST", "request"}, {"CONFIRM", "confirm"}}) {
    environment_->push_back(concat("WATTLE_CHECKPOINT_", name, "=", folder_ / file));
  }
  folder_.write("request", "7\n");
  const auto arguments = short_training("a", {"--optimizer", "sgd", "--precision", "bf16"});
  const auto ended = interrupt_after(1, SIGUSR1, arguments);
  ASSERT_EQ(ended.code, 0) << ended.narration;
  const auto confirmed = nlohmann::json::parse(read("confirm"));
  EXPECT_TRUE(files_.exists(path_join(folder_ / "c", confirmed["path"].get<std::string>())));
  EXPECT_EQ(digest("a.pt"), digest("whole.pt"));

  environment_->push_back(concat("WATTLE_RESUME_FROM=",
                                 path_join(folder_ / "c", confirmed["path"].get<std::string>())));
  const auto resumed = run(short_training("b", {"--optimizer", "sgd", "--precision", "bf16"}));
  ASSERT_EQ(resumed.code, 0) << resumed.narration;
  EXPECT_THAT(resumed.narration, HasSubstr("resumed after step"));
  expect_same_results("b", "whole");
}

TEST_F(NetworkProgramTest, LearnsARegressionWithCategoriesAndMissingNumbers) {
  std::string table = "size,colour,price\n";
  for (int i = 0; i < 600; ++i) {
    const bool is_red = i % 3 == 0;
    table += concat(i % 50 == 0 ? "" : std::to_string(i % 20), ",", is_red ? "red" : "blue", ",",
                    (i % 20) * 2 + (is_red ? 50 : 0), ".5\n");
  }
  folder_.write("t.csv", table);
  const auto ended =
      run({"mlp", "--data", "t.csv", "--target", "price", "--layers", "32", "--epochs", "60",
           "--dropout", "0", "--learning-rate", "0.01", "--predictions", "p.csv"});
  ASSERT_EQ(ended.code, 0) << ended.narration;
  EXPECT_GT(nlohmann::json::parse(ended.output)["test_r2"].get<double>(), 0.9);
  const auto model = nlohmann::json::parse(read("model.json"));
  EXPECT_EQ(model["output"]["name"], "prediction");
  EXPECT_EQ(model["input"]["columns"][1]["encoding"], "one-hot");
}

TEST_F(NetworkProgramTest, LearnsImagesOfATable) {
  const auto ended =
      run({"cnn", "--data", WATTLE_EXAMPLES "/digits/digits.csv.gz", "--target", "digit", "--image",
           "8x8", "--channels", "8,16", "--layers", "32", "--epochs", "12"});
  ASSERT_EQ(ended.code, 0) << ended.narration;
  EXPECT_GT(nlohmann::json::parse(ended.output)["test_accuracy"].get<double>(), 0.85);
  EXPECT_EQ(nlohmann::json::parse(read("model.json"))["input"]["shape"],
            nlohmann::json::parse(R"(["rows",1,8,8])"));
}

TEST_F(NetworkProgramTest, EstimatesWithoutLeavingAnything) {
  const auto ended = run(short_training("a", {"--estimate"}));
  ASSERT_EQ(ended.code, 0) << ended.narration;
  const auto json = nlohmann::json::parse(ended.output);
  for (const char* key : {"cpu_seconds", "seconds"}) {
    EXPECT_GT(json[key]["low"].get<double>(), 0);
    EXPECT_LE(json[key]["low"], json[key]["value"]);
    EXPECT_LE(json[key]["value"], json[key]["high"]);
  }
  EXPECT_EQ(json["basis"], "2 of 44 steps measured");
  EXPECT_FALSE(files_.exists(folder_ / "a.pt"));
}

TEST_F(NetworkProgramTest, AnswersBadInputWithOneLineAndItsCode) {
  folder_.write("bad.npy", std::string("\x93NUMPY\x01\x00\x10\x00{'descr'", 19));
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string words;
  };
  const std::vector<Case> cases{
      {{"mlp", "--data", "none.csv", "--target", "y"}, 3, "none.csv"},
      {{"cnn", "--data", "bad.npy", "--labels", "bad.npy"}, 2, "truncated within its header"},
      {short_training("a", {"--device", "cuda"}), 2, "sees no CUDA device"},
      {short_training("a", {"--device", "tpu"}), 2, "it takes auto, cpu, cuda, cuda:N"},
      {{"mlp", "--data", "d", "--layerz", "3"}, 2, "did you mean '--layers'?"},
  };
  for (const auto& [arguments, code, words] : cases) {
    const auto ended = run(arguments);
    EXPECT_EQ(ended.code, code) << ended.narration;
    EXPECT_THAT(ended.narration, HasSubstr("wattle-train: "));
    EXPECT_THAT(ended.narration, HasSubstr(words));
    EXPECT_EQ(ended.output, "");
  }
}

}  // namespace
}  // namespace wattle::torch_trainer
