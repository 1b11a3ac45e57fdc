// The script of examples/sagemaker, which is written for SageMaker, under the contract and the real
// supervisor.
#include <filesystem>

#include "wattle/executor/isolated_attempt.h"
#include "wattle/executor/sagemaker_contract.h"

namespace wattle::executor {
namespace {

class SageMakerExample : public IsolatedAttempt {
 protected:
  void SetUp() override {
    const auto means = probe_isolation(files_, subprocess_, {.sagemaker = true}, caller());
    WATTLE_SKIP_WITHOUT("bubblewrap", means.ok() && can_show_opt_ml(*means));
    means_ = *means;
    request_.sandbox.enabled = false;
    for (const auto* name : {"train.py", "make_data.py"}) {
      std::filesystem::copy_file(path_join(WATTLE_EXAMPLES "/sagemaker", name),
                                 path_join(work_, name));
    }
    const auto made = run_captured(
        subprocess_, {.argv = {"python3", "make_data.py"}, .folder = work_}, Seconds(60));
    ASSERT_TRUE(made.ok() && made->status.success());
  }
  /// One attempt of the example, as a wattle.yaml with the contract would start it.
  ExitRecord attempt_number(std::uint32_t number, const Environment& extra) {
    request_.attempt = number;
    request_.attempt_folder = folder_ = concat(run_folder_, "/attempts/", number);
    request_.metrics_file = folder_ + "/metrics.jsonl";
    request_.confirm_folder = folder_ + "/checkpoint";
    const EnvironmentSpec told{.run_id = run_,
                               .attempt = number,
                               .name = "example",
                               .run_folder = run_folder_,
                               .attempt_folder = folder_,
                               .params = {{"epochs", "12"}, {"learning-rate", "0.5"}},
                               .inputs = {{"train", work_ + "/data/train"}},
                               .extra = extra,
                               .host = "forge",
                               .command = {"python3", "train.py"},
                               .ml_folder = std::string(kOptMl)};
    request_.environment = job_environment(caller(), told);
    EXPECT_TRUE(make_contract_tree(files_, {.run_folder = run_folder_,
                                            .attempt_folder = folder_,
                                            .working_folder = work_,
                                            .params = told.params,
                                            .inputs = told.inputs,
                                            .host = told.host})
                    .ok());
    request_.ml_folder = contract_folder(folder_);
    auto spec = attempt("exec python3 train.py --epochs 12", means_);
    spec.attempt = number;
    return run(spec);
  }
  std::string model() { return read(run_folder_ + "/artifacts/model/model.json"); }

  IsolationMeans means_;
};

TEST_F(SageMakerExample, GoesOnFromItsCheckpointAndEndsAsIfItHadNotStopped) {
  EXPECT_EQ(attempt_number(2, {{"STOP_AFTER_EPOCH", "5"}}).exit_code, 143);
  EXPECT_EQ(model(), "");
  EXPECT_EQ(attempt_number(3, {}).exit_code, 0) << output();
  EXPECT_NE(output().find("resumed at epoch 5\n"), std::string::npos) << output();
  EXPECT_NE(output().find("epoch 12 train_loss=0."), std::string::npos) << output();
  const auto resumed = model();
  EXPECT_NE(resumed, "");
  std::filesystem::remove(run_folder_ + "/checkpoints/state.json");
  EXPECT_EQ(attempt_number(4, {}).exit_code, 0);
  EXPECT_EQ(model(), resumed);
  EXPECT_EQ(read(run_folder_ + "/artifacts/output/summary.json"), R"({"rows": 400, "epochs": 12})");
}

TEST_F(SageMakerExample, SaysWhyItFailed) {
  std::filesystem::remove(work_ + "/data/train/points.csv");
  EXPECT_EQ(attempt_number(2, {}).exit_code, 1);
  const auto failure = read_failure(folder_);
  ASSERT_TRUE(failure.has_value());
  EXPECT_NE(failure->find("no data in /opt/ml/input/data/train"), std::string::npos) << *failure;
}

}  // namespace
}  // namespace wattle::executor
