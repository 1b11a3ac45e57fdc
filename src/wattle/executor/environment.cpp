#include "wattle/executor/environment.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "wattle/base/file.h"
#include "wattle/base/log.h"
#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";
constexpr std::string_view kInfoLevel = "20";  // logging.INFO of Python, as SageMaker passes it

using Names = std::map<std::string, std::string>;

/// Numbers and truth values as themselves, with every digit as it was written; all else as text.
std::string json_value(const std::string& text) {
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  return parsed.is_number() || parsed.is_boolean() ? std::string(trim(text)) : json_quote(text);
}

std::string json_object(const Names& params) {
  std::string members;
  for (const auto& [name, value] : params) {
    members += (members.empty() ? "" : ",") + json_quote(name) + ":" + json_value(value);
  }
  return "{" + members + "}";
}

std::string json_names(const Names& names) {
  std::string list;
  for (const auto& [name, path] : names) {
    list += (list.empty() ? "" : ",") + json_quote(name);
  }
  return "[" + list + "]";
}

void add_all(Environment& environment, std::string_view prefix, const Names& values) {
  for (const auto& [name, value] : values) {
    environment.insert_or_assign(fmt::format("{}{}", prefix, variable_name(name)), value);
  }
}

void add_ours(Environment& environment, const EnvironmentSpec& spec) {
  const std::string artifacts = path_join(spec.run_folder, "artifacts");
  environment.insert_or_assign("WATTLE_RUN_ID", spec.run_id);
  environment.insert_or_assign("WATTLE_ATTEMPT", fmt::format("{}/{}", spec.run_id, spec.attempt));
  environment.insert_or_assign("WATTLE_RUN_DIR", spec.run_folder);
  environment.insert_or_assign("WATTLE_METRICS_FILE",
                               path_join(spec.attempt_folder, "metrics.jsonl"));
  environment.insert_or_assign("WATTLE_MODEL_DIR", path_join(artifacts, "model"));
  environment.insert_or_assign("WATTLE_OUTPUT_DIR", path_join(artifacts, "output"));
  environment.insert_or_assign("WATTLE_CHECKPOINT_DIR", path_join(spec.run_folder, "checkpoints"));
  if (spec.cpus > 0) {
    environment.insert_or_assign("WATTLE_CPUS", fmt::format("{}", spec.cpus));
  }
  add_all(environment, "WATTLE_PARAM_", spec.params);
  add_all(environment, "WATTLE_INPUT_", spec.inputs);
  add_all(environment, "WATTLE_OUTPUT_", spec.outputs);
}

/// The names of SageMaker's training toolkit, so that a script written for it runs unchanged.
void add_sagemaker(Environment& environment, const EnvironmentSpec& spec) {
  const std::string output = path_join(spec.run_folder, "artifacts/output");
  environment.insert_or_assign("SM_MODEL_DIR", path_join(spec.run_folder, "artifacts/model"));
  environment.insert_or_assign("SM_OUTPUT_DATA_DIR", output);
  environment.insert_or_assign("SM_OUTPUT_DIR", output);
  environment.insert_or_assign("SM_CHANNELS", json_names(spec.inputs));
  add_all(environment, "SM_CHANNEL_", spec.inputs);
  environment.insert_or_assign("SM_HPS", json_object(spec.params));
  add_all(environment, "SM_HP_", spec.params);
  if (spec.cpus > 0) {
    environment.insert_or_assign("SM_NUM_CPUS", fmt::format("{:.0f}", std::ceil(spec.cpus)));
  }
  environment.insert_or_assign("SM_NUM_GPUS", std::to_string(spec.gpus));
  environment.insert_or_assign("SM_CURRENT_HOST", spec.host);
  environment.insert_or_assign("SM_HOSTS", "[" + json_quote(spec.host) + "]");
  environment.insert_or_assign("SM_LOG_LEVEL", std::string(kInfoLevel));
  environment.insert_or_assign("TRAINING_JOB_NAME", spec.name);
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

std::vector<std::string> job_environment(const Environment& caller, const EnvironmentSpec& spec) {
  Environment environment = caller;
  add_ours(environment, spec);
  add_sagemaker(environment, spec);
  for (const auto& [name, value] : spec.extra) {
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
