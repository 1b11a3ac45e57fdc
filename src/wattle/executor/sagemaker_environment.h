// The variables that SageMaker's training toolkit sets, so that a script written for it runs
// unchanged.
//
// Units:    CPUs. Errors: none. Threads: pure functions. Lifetime: value types.
// Source:   the public documentation of the training toolkit; the names are its own.
// See:      docs/reference/environment.md
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/executor/environment.h"

namespace wattle::executor {

struct SageMakerFacts {
  std::string job_name;
  std::string run_folder;
  std::string ml_folder;  // where the job sees /opt/ml; "": no contract, the run's own folders
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> inputs;  // channels: name to absolute path
  double cpus = 0;                            // 0: not told
  int gpus = 0;
  std::string host;
  std::vector<std::string> command;
};

/// Adds SM_* and TRAINING_JOB_NAME.
void add_sagemaker(Environment& environment, const SageMakerFacts& facts);

/// inputdataconfig.json and resourceconfig.json, which the environment holds, too.
std::string input_data_config(const std::map<std::string, std::string>& inputs);
std::string resource_config(std::string_view host);
/// The script that a command runs: "train.py" of `python -u train.py --lr 0.1`; "": none is seen.
std::string entry_point(const std::vector<std::string>& command);

}  // namespace wattle::executor
