#include "wattle/executor/environment.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "wattle/base/file.h"
#include "wattle/base/text.h"
#include "wattle/executor/sagemaker_environment.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

using Names = std::map<std::string, std::string>;

SageMakerFacts sagemaker_of(const EnvironmentSpec& spec) {
  return {.job_name = spec.name,
          .run_folder = spec.run_folder,
          .ml_folder = spec.ml_folder,
          .params = spec.params,
          .inputs = spec.inputs,
          .cpus = spec.cpus,
          .gpus = spec.gpu_indices ? static_cast<int>(spec.gpu_indices->size()) : spec.gpus,
          .host = spec.host,
          .command = spec.command};
}

void set(Environment& environment, std::string_view name, std::string value) {
  environment.insert_or_assign(std::string(name), std::move(value));
}

void add_all(Environment& environment, std::string_view prefix, const Names& values) {
  for (const auto& [name, value] : values) {
    environment.insert_or_assign(fmt::format("{}{}", prefix, variable_name(name)), value);
  }
}

void add_checkpoints(Environment& environment, const EnvironmentSpec& spec) {
  set(environment, "WATTLE_CHECKPOINT_DIR", path_join(spec.run_folder, "checkpoints"));
  for (const auto& [name, path] : {std::pair<std::string_view, const std::string&>{
                                       "WATTLE_CHECKPOINT_REQUEST", spec.checkpoint_request},
                                   {"WATTLE_CHECKPOINT_CONFIRM", spec.checkpoint_confirm},
                                   {"WATTLE_RESUME_FROM", spec.resume_from}}) {
    if (!path.empty()) {
      set(environment, name, path);
    }
  }
  set(environment, "WATTLE_ATTEMPT_NUMBER", std::to_string(spec.attempt));
}

void add_ours(Environment& environment, const EnvironmentSpec& spec) {
  const std::string artifacts = path_join(spec.run_folder, "artifacts");
  set(environment, "WATTLE_RUN_ID", spec.run_id);
  set(environment, "WATTLE_ATTEMPT", fmt::format("{}/{}", spec.run_id, spec.attempt));
  set(environment, "WATTLE_RUN_DIR", spec.run_folder);
  set(environment, "WATTLE_METRICS_FILE", path_join(spec.attempt_folder, "metrics.jsonl"));
  set(environment, "WATTLE_MODEL_DIR", path_join(artifacts, "model"));
  set(environment, "WATTLE_OUTPUT_DIR", path_join(artifacts, "output"));
  add_checkpoints(environment, spec);
  if (spec.cpus > 0) {
    set(environment, "WATTLE_CPUS", fmt::format("{}", spec.cpus));
  }
  if (spec.gpu_indices) {
    set(environment, "CUDA_VISIBLE_DEVICES", fmt::format("{}", fmt::join(*spec.gpu_indices, ",")));
  }
  add_all(environment, "WATTLE_PARAM_", spec.params);
  add_all(environment, "WATTLE_INPUT_", spec.inputs);
  add_all(environment, "WATTLE_OUTPUT_", spec.outputs);
}

/// What is ours and not the caller's: it would be wrong for this attempt.
void remove_former(Environment& environment) {
  for (const auto* name :
       {"WATTLE_RESUME_FROM", "WATTLE_CHECKPOINT_REQUEST", "WATTLE_CHECKPOINT_CONFIRM"}) {
    environment.erase(name);
  }
}

/// What Wattle and the job itself set.
Environment told(const EnvironmentSpec& spec) {
  Environment environment;
  add_ours(environment, spec);
  add_sagemaker(environment, sagemaker_of(spec));
  for (const auto& [name, value] : spec.extra) {
    environment.insert_or_assign(name, value);
  }
  return environment;
}

/// As many threads as CPUs were granted, and none that spins for work: only where nobody has
/// chosen.
void add_threads(Environment& environment, double cpus) {
  environment.emplace("OMP_WAIT_POLICY", "passive");
  if (cpus <= 0) {
    return;
  }
  for (const auto* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) {
    environment.emplace(name, fmt::format("{:.0f}", std::ceil(cpus)));
  }
}

void extend_path(Environment& environment, const std::string& folder) {
  if (folder.empty()) {
    return;
  }
  auto& path = environment.emplace("PATH", kDefaultPath).first->second;
  const auto folders = split(path, ':');
  if (std::ranges::find(folders, folder) == folders.end()) {
    path += (path.empty() ? "" : ":") + folder;
  }
}

}  // namespace

std::string variable_name(std::string_view name) {
  std::string variable;
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    variable += lower ? static_cast<char>(c - 'a' + 'A') : kept ? c : '_';
  }
  return variable;
}

std::vector<std::string> told_names(const EnvironmentSpec& spec) {
  Environment environment = told(spec);
  add_threads(environment, spec.cpus);
  std::vector<std::string> names;
  for (const auto& [name, value] : environment) {
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> job_environment(const Environment& caller, const EnvironmentSpec& spec) {
  Environment environment = caller;
  remove_former(environment);
  for (auto& [name, value] : told(spec)) {
    environment.insert_or_assign(name, value);
  }
  add_threads(environment, spec.cpus);
  extend_path(environment, spec.program_folder);
  std::vector<std::string> entries;
  for (const auto& [name, value] : environment) {
    entries.push_back(fmt::format("{}={}", name, value));
  }
  return entries;
}

}  // namespace wattle::executor
