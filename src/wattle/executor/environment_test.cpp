#include "wattle/executor/environment.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wattle::executor {
namespace {

Environment environment_of(const Environment& caller, const EnvironmentSpec& spec) {
  Environment environment;
  for (const auto& entry : job_environment(caller, spec)) {
    const auto equals = entry.find('=');
    environment[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return environment;
}

EnvironmentSpec example() {
  return {.run_id = "01J",
          .attempt = 2,
          .name = "digits",
          .run_folder = "/h/runs/01J",
          .attempt_folder = "/h/runs/01J/attempts/2",
          .params = {{"learning-rate", "0.10"}, {"optimiser", "adam"}, {"fast", "true"}},
          .inputs = {{"train", "/d/train.csv"}, {"test", "/d/test.csv"}},
          .outputs = {{"model", "/w/model.onnx"}},
          .cpus = 1.5,
          .gpus = 1,
          .host = "forge",
          .program_folder = "/opt/wattle/bin"};
}

TEST(JobEnvironment, TellsTheJobWhereItIs) {
  auto told = environment_of({{"HOME", "/home/ada"}}, example());
  EXPECT_EQ(told["HOME"], "/home/ada");
  EXPECT_EQ(told["WATTLE_RUN_ID"], "01J");
  EXPECT_EQ(told["WATTLE_ATTEMPT"], "01J/2");
  EXPECT_EQ(told["WATTLE_RUN_DIR"], "/h/runs/01J");
  EXPECT_EQ(told["WATTLE_METRICS_FILE"], "/h/runs/01J/attempts/2/metrics.jsonl");
  EXPECT_EQ(told["WATTLE_MODEL_DIR"], "/h/runs/01J/artifacts/model");
  EXPECT_EQ(told["WATTLE_OUTPUT_DIR"], "/h/runs/01J/artifacts/output");
  EXPECT_EQ(told["WATTLE_CHECKPOINT_DIR"], "/h/runs/01J/checkpoints");
  EXPECT_EQ(told["WATTLE_CPUS"], "1.5");
  EXPECT_EQ(told["WATTLE_PARAM_LEARNING_RATE"], "0.10");
  EXPECT_EQ(told["WATTLE_INPUT_TRAIN"], "/d/train.csv");
  EXPECT_EQ(told["WATTLE_OUTPUT_MODEL"], "/w/model.onnx");
}

TEST(JobEnvironment, SpeaksSageMaker) {
  auto told = environment_of({}, example());
  EXPECT_EQ(told["SM_MODEL_DIR"], "/h/runs/01J/artifacts/model");
  EXPECT_EQ(told["SM_CHANNELS"], R"(["test","train"])");
  EXPECT_EQ(told["SM_CHANNEL_TRAIN"], "/d/train.csv");
  EXPECT_EQ(told["SM_HPS"], R"({"fast":true,"learning-rate":0.10,"optimiser":"adam"})");
  EXPECT_EQ(told["SM_HP_LEARNING_RATE"], "0.10");
  EXPECT_EQ(told["SM_NUM_CPUS"], "2");
  EXPECT_EQ(told["SM_NUM_GPUS"], "1");
  EXPECT_EQ(told["SM_CURRENT_HOST"], "forge");
  EXPECT_EQ(told["SM_HOSTS"], R"(["forge"])");
  EXPECT_EQ(told["TRAINING_JOB_NAME"], "digits");
  EXPECT_EQ(told.count("SM_MODULE_NAME"), 0U);
}

TEST(JobEnvironment, TellsWhereCheckpointsAreAskedForAndConfirmed) {
  auto spec = example();
  const Environment former{{"WATTLE_RESUME_FROM", "/of/another/run"}};
  EXPECT_EQ(environment_of(former, spec).count("WATTLE_RESUME_FROM"), 0U);
  spec.checkpoint_request = "/a/request";
  spec.checkpoint_confirm = "/a/confirm";
  spec.resume_from = "/h/runs/01J/checkpoints/step-7";
  auto told = environment_of(former, spec);
  EXPECT_EQ(told["WATTLE_CHECKPOINT_REQUEST"], "/a/request");
  EXPECT_EQ(told["WATTLE_CHECKPOINT_CONFIRM"], "/a/confirm");
  EXPECT_EQ(told["WATTLE_RESUME_FROM"], "/h/runs/01J/checkpoints/step-7");
  EXPECT_EQ(told["WATTLE_ATTEMPT_NUMBER"], "2");
}

TEST(JobEnvironment, ShowsOnlyTheAssignedGpus) {
  auto spec = example();
  EXPECT_EQ(environment_of({{"CUDA_VISIBLE_DEVICES", "3"}}, spec)["CUDA_VISIBLE_DEVICES"], "3");
  spec.gpu_indices = {1, 2};
  EXPECT_EQ(environment_of({{"CUDA_VISIBLE_DEVICES", "3"}}, spec)["CUDA_VISIBLE_DEVICES"], "1,2");
  EXPECT_EQ(environment_of({}, spec)["SM_NUM_GPUS"], "2");
  spec.gpu_indices = std::vector<int>{};
  EXPECT_EQ(environment_of({}, spec)["CUDA_VISIBLE_DEVICES"], "");
}

TEST(JobEnvironment, IsCompleteUnderTheContract) {
  auto spec = example();
  spec.ml_folder = "/opt/ml";
  spec.command = {"python", "-u", "src/train.py"};
  auto told = environment_of({}, spec);
  EXPECT_EQ(told["SM_MODEL_DIR"], "/opt/ml/model");
  EXPECT_EQ(told["SM_OUTPUT_DATA_DIR"], "/opt/ml/output/data");
  EXPECT_EQ(told["SM_INPUT_CONFIG_DIR"], "/opt/ml/input/config");
  EXPECT_EQ(told["SM_CHANNEL_TRAIN"], "/opt/ml/input/data/train");
  EXPECT_EQ(told["SM_USER_ENTRY_POINT"], "train.py");
  EXPECT_EQ(told["SM_MODULE_NAME"], "train");
  EXPECT_EQ(told["SM_USER_ARGS"],
            R"(["--fast","true","--learning-rate","0.10","--optimiser","adam"])");
  EXPECT_EQ(told["SM_RESOURCE_CONFIG"],
            R"({"current_host":"forge","hosts":["forge"],"network_interface_name":"lo"})");
  const auto all = nlohmann::json::parse(told["SM_TRAINING_ENV"]);
  EXPECT_EQ(all["channel_input_dirs"]["train"], "/opt/ml/input/data/train");
  EXPECT_EQ(all["hyperparameters"]["learning-rate"], 0.1);
  EXPECT_EQ(all["num_gpus"], 1);
  EXPECT_EQ(all["job_name"], "digits");
}

TEST(JobEnvironment, NamesWhatAContainerGets) {
  auto spec = example();
  spec.extra = {{"LANG", "C"}};
  const auto names = told_names(spec);
  for (const auto* name : {"LANG", "WATTLE_RUN_ID", "SM_HPS", "OMP_NUM_THREADS"}) {
    EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
  }
  EXPECT_EQ(std::ranges::find(names, "PATH"), names.end());
}

TEST(JobEnvironment, KeepsTextsThatOnlyLookLikeNumbers) {
  auto spec = example();
  spec.params = {
      {"a", "007"}, {"b", "NaN"}, {"c", "[1]"}, {"d", "null"}, {"e", "123456789012345678901"}};
  EXPECT_EQ(environment_of({}, spec)["SM_HPS"],
            R"({"a":"007","b":"NaN","c":"[1]","d":"null","e":123456789012345678901})");
}

TEST(JobEnvironment, LimitsThreadsOnlyWhereNobodyHasChosen) {
  auto spec = example();
  spec.extra = {{"MKL_NUM_THREADS", "7"}};
  auto told = environment_of({{"OMP_NUM_THREADS", "5"}}, spec);
  EXPECT_EQ(told["OMP_NUM_THREADS"], "5");
  EXPECT_EQ(told["MKL_NUM_THREADS"], "7");
  EXPECT_EQ(told["OPENBLAS_NUM_THREADS"], "2");
  EXPECT_EQ(told["OMP_WAIT_POLICY"], "passive");
}

TEST(JobEnvironment, SetsNoThreadsWithoutALimit) {
  auto spec = example();
  spec.cpus = 0;
  const auto told = environment_of({}, spec);
  for (const auto* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "WATTLE_CPUS"}) {
    EXPECT_EQ(told.count(name), 0U) << name;
  }
}

TEST(JobEnvironment, LetsTheJobsOwnVariablesWin) {
  auto spec = example();
  spec.extra = {{"WATTLE_CPUS", "mine"}, {"HOME", "/else"}};
  auto told = environment_of({{"HOME", "/home/ada"}}, spec);
  EXPECT_EQ(told["WATTLE_CPUS"], "mine");
  EXPECT_EQ(told["HOME"], "/else");
}

TEST(JobEnvironment, FindsOurProgramsLast) {
  EXPECT_EQ(environment_of({{"PATH", "/a:/b"}}, example())["PATH"], "/a:/b:/opt/wattle/bin");
  EXPECT_EQ(environment_of({{"PATH", "/opt/wattle/bin:/b"}}, example())["PATH"],
            "/opt/wattle/bin:/b");
  EXPECT_EQ(environment_of({}, example())["PATH"], "/usr/local/bin:/usr/bin:/bin:/opt/wattle/bin");
}

TEST(JobEnvironment, IsSortedWithoutRepetition) {
  const auto entries = job_environment({{"SM_HPS", "old"}, {"ZED", "1"}}, example());
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    names.push_back(entry.substr(0, entry.find('=')));
  }
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace wattle::executor
