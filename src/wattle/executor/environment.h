// The environment that a job starts with: the caller's, what Wattle tells it, what SageMaker
// scripts expect.
//
// Units:    CPUs. Errors: none. Threads: a pure function. Lifetime: value types.
// See:      docs/reference/environment.md for every variable.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wattle::executor {

using Environment = std::map<std::string, std::string, std::less<>>;

struct EnvironmentSpec {
  std::string run_id;
  std::uint32_t attempt = 1;
  std::string name;  // of the job
  std::string run_folder;
  std::string attempt_folder;
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> inputs;   // name to absolute path
  std::map<std::string, std::string> outputs;  // name to absolute path
  Environment extra;                           // the job's own `env`: wins over everything
  double cpus = 0;                             // granted; 0: not limited, and not told
  int gpus = 0;
  std::string host;
  std::string program_folder;      // found last on PATH: where `wattle` is
  std::string checkpoint_request;  // paths of docs/reference/checkpoints.md; "": not told
  std::string checkpoint_confirm;
  std::string resume_from;
  std::optional<std::vector<int>> gpu_indices;  // assigned; nullopt: the caller's choice stands
  std::vector<std::string> command;             // its words, for what SageMaker calls entry point
  std::string ml_folder;  // `contract: sagemaker`: where the job sees /opt/ml; "": no contract
};

/// Entries "NAME=value", sorted by name.
std::vector<std::string> job_environment(const Environment& caller, const EnvironmentSpec& spec);

/// Names that Wattle or the job sets, beside the caller's: what a container gets.
std::vector<std::string> told_names(const EnvironmentSpec& spec);

/// "learning-rate" as "LEARNING_RATE".
std::string variable_name(std::string_view name);

}  // namespace wattle::executor
