#include "wattle/executor/sagemaker_contract.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

using Json = nlohmann::json;

class SageMakerContract : public testing::Test {
 protected:
  SageMakerContract() {
    spec_ = {.run_folder = temporary_ / "run",
             .attempt_folder = temporary_ / "run/attempts/1",
             .working_folder = temporary_ / "work",
             .params = {{"epochs", "3"}, {"optimizer", "adam"}, {"quote", "a \"b\""}},
             .inputs = {{"train", temporary_ / "data"}},
             .host = "forge"};
    temporary_.write("data/a.csv", "1\n");
    temporary_.write("work/train.py", "");
    EXPECT_TRUE(files_.make_directories(spec_.attempt_folder).ok());
    EXPECT_TRUE(make_contract_tree(files_, spec_).ok());
  }
  std::string ml(const std::string& name) {
    return contract_folder(spec_.attempt_folder) + "/" + name;
  }
  std::string read(const std::string& path) {
    return files_.read(path, limits::kSmallFileBytes).value_or("");
  }
  Json config(const std::string& name) { return Json::parse(read(ml("input/config/" + name))); }

  support::TemporaryFolder temporary_;
  RealFileSystem files_;
  ContractSpec spec_;
};

TEST_F(SageMakerContract, WritesEveryValueAsText) {
  EXPECT_EQ(config("hyperparameters.json"),
            Json({{"epochs", "3"}, {"optimizer", "adam"}, {"quote", "a \"b\""}}));
  EXPECT_EQ(config("resourceconfig.json")["hosts"], Json::array({"forge"}));
  EXPECT_EQ(config("inputdataconfig.json")["train"]["TrainingInputMode"], "File");
  EXPECT_EQ(config("checkpointconfig.json"), Json({{"LocalPath", "/opt/ml/checkpoints"}}));
}

TEST_F(SageMakerContract, LeadsToTheFoldersOfTheRun) {
  temporary_.write("run/attempts/1/ml/model/m.bin", "m");
  temporary_.write("run/attempts/1/ml/output/data/o.txt", "o");
  temporary_.write("run/attempts/1/ml/checkpoints/c.pt", "c");
  EXPECT_EQ(read(temporary_ / "run/artifacts/model/m.bin"), "m");
  EXPECT_EQ(read(temporary_ / "run/artifacts/output/o.txt"), "o");
  EXPECT_EQ(read(temporary_ / "run/checkpoints/c.pt"), "c");
  EXPECT_EQ(read(ml("input/data/train/a.csv")), "1\n");
  EXPECT_TRUE(files_.exists(ml("code/train.py")));
}

TEST_F(SageMakerContract, MakesAChannelOfAFile) {
  spec_.inputs = {{"test", temporary_ / "data/a.csv"}};
  ASSERT_TRUE(make_contract_tree(files_, spec_).ok());
  EXPECT_EQ(read(ml("input/data/test/a.csv")), "1\n");
}

TEST_F(SageMakerContract, ReadsTheFirstCharactersOfAFailure) {
  EXPECT_EQ(read_failure(spec_.attempt_folder), std::nullopt);
  temporary_.write("run/attempts/1/ml/output/failure", "Traceback:\n  no memory\n");
  EXPECT_EQ(read_failure(spec_.attempt_folder), "Traceback:   no memory");
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "\xc3\xa4";  // two bytes, one character
  }
  temporary_.write("run/attempts/1/ml/output/failure", text);
  EXPECT_EQ(read_failure(spec_.attempt_folder), text.substr(0, 2048));
}

TEST_F(SageMakerContract, TakesNothingButAFileForAFailure) {
  std::filesystem::create_symlink("/etc/passwd", ml("output/failure"));
  EXPECT_EQ(read_failure(spec_.attempt_folder), std::nullopt);
  std::filesystem::remove(ml("output/failure"));
  ASSERT_EQ(::mkfifo(ml("output/failure").c_str(), 0600), 0);
  EXPECT_EQ(read_failure(spec_.attempt_folder), std::nullopt);
}

}  // namespace
}  // namespace wattle::executor
