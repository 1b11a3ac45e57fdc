#include "wattle/executor/sagemaker_environment.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "wattle/base/file.h"
#include "wattle/base/log.h"
#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kInfoLevel = "20";  // logging.INFO of Python, as SageMaker passes it
constexpr std::string_view kInterface = "lo";  // one host: it talks to nobody

using Names = std::map<std::string, std::string>;

/// Numbers and truth values as themselves, with every digit as it was written; all else as text.
std::string json_value(const std::string& text) {
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  return parsed.is_number() || parsed.is_boolean() ? std::string(trim(text)) : json_quote(text);
}

/// One object of members that are JSON already.
std::string json_object(const Names& members) {
  std::string text;
  for (const auto& [name, value] : members) {
    text += (text.empty() ? "" : ",") + json_quote(name) + ":" + value;
  }
  return "{" + text + "}";
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) {
    list += (list.empty() ? "" : ",") + json_quote(text);
  }
  return "[" + list + "]";
}

std::vector<std::string> names_of(const Names& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) {
    names.push_back(name);
  }
  return names;
}

std::string json_values(const Names& params) {
  Names values;
  for (const auto& [name, value] : params) {
    values[name] = json_value(value);
  }
  return json_object(values);
}

/// Hyperparameters as the words of a command line, as the toolkit hands them to a script.
std::vector<std::string> user_arguments(const Names& params) {
  std::vector<std::string> words;
  for (const auto& [name, value] : params) {
    words.push_back((name.size() == 1 ? "-" : "--") + name);
    words.push_back(value);
  }
  return words;
}

/// The folders of a job: those of the contract's tree, or the run's own.
struct Places {
  explicit Places(const SageMakerFacts& facts) {
    const auto& ml = facts.ml_folder;
    const bool bare = ml.empty();
    model = path_join(bare ? facts.run_folder : ml, bare ? "artifacts/model" : "model");
    output = path_join(bare ? facts.run_folder : ml, bare ? "artifacts/output" : "output");
    output_data = bare ? output : path_join(output, "data");
    if (!bare) {
      intermediate = path_join(output, "intermediate");
      input = path_join(ml, "input");
      config = path_join(input, "config");
      code = path_join(ml, "code");
    }
    for (const auto& [name, path] : facts.inputs) {
      channels[name] = bare ? path : path_join(path_join(input, "data"), name);
    }
  }

  std::string model;
  std::string output;
  std::string output_data;
  std::string intermediate;  // this and what follows: "" without the contract
  std::string input;
  std::string config;
  std::string code;
  Names channels;
};

Names quoted(const Names& values) {
  Names result;
  for (const auto& [name, value] : values) {
    result[name] = json_quote(value);
  }
  return result;
}

/// SM_TRAINING_ENV: most of the others once more, as one object.
std::string training_environment(const SageMakerFacts& facts, const Places& places) {
  const std::string script = entry_point(facts.command);
  Names members = quoted({{"current_host", facts.host},
                          {"input_config_dir", places.config},
                          {"input_dir", places.input},
                          {"job_name", facts.job_name},
                          {"master_hostname", facts.host},
                          {"model_dir", places.model},
                          {"module_dir", places.code},
                          {"module_name", script.substr(0, script.rfind('.'))},
                          {"network_interface_name", std::string(kInterface)},
                          {"output_data_dir", places.output_data},
                          {"output_dir", places.output},
                          {"output_intermediate_dir", places.intermediate},
                          {"user_entry_point", script}});
  members["additional_framework_parameters"] = "{}";
  members["channel_input_dirs"] = json_object(quoted(places.channels));
  members["hosts"] = json_list({facts.host});
  members["hyperparameters"] = json_values(facts.params);
  members["input_data_config"] = input_data_config(facts.inputs);
  members["is_master"] = "true";
  members["log_level"] = kInfoLevel;
  members["num_cpus"] = fmt::format("{:.0f}", std::ceil(facts.cpus));
  members["num_gpus"] = std::to_string(facts.gpus);
  members["resource_config"] = resource_config(facts.host);
  return json_object(members);
}

/// What only the contract promises.
void add_contract(Environment& environment, const SageMakerFacts& facts, const Places& places) {
  const std::string script = entry_point(facts.command);
  for (auto& [name, value] : Names{{"SM_INPUT_DIR", places.input},
                                   {"SM_INPUT_CONFIG_DIR", places.config},
                                   {"SM_OUTPUT_INTERMEDIATE_DIR", places.intermediate},
                                   {"SM_MODULE_DIR", places.code},
                                   {"SM_MODULE_NAME", script.substr(0, script.rfind('.'))},
                                   {"SM_USER_ENTRY_POINT", script},
                                   {"SM_USER_ARGS", json_list(user_arguments(facts.params))},
                                   {"SM_INPUT_DATA_CONFIG", input_data_config(facts.inputs)},
                                   {"SM_RESOURCE_CONFIG", resource_config(facts.host)},
                                   {"SM_NETWORK_INTERFACE_NAME", std::string(kInterface)},
                                   {"SM_FRAMEWORK_PARAMS", "{}"},
                                   {"SM_MASTER_HOSTNAME", facts.host},
                                   {"SM_TRAINING_ENV", training_environment(facts, places)}}) {
    environment.insert_or_assign(name, value);
  }
}

void add_all(Environment& environment, std::string_view prefix, const Names& values) {
  for (const auto& [name, value] : values) {
    environment.insert_or_assign(fmt::format("{}{}", prefix, variable_name(name)), value);
  }
}

}  // namespace

std::string input_data_config(const std::map<std::string, std::string>& inputs) {
  Names channels;
  for (const auto& [name, path] : inputs) {
    channels[name] = R"({"RecordWrapperType":"None","S3DistributionType":"FullyReplicated",)"
                     R"("TrainingInputMode":"File"})";
  }
  return json_object(channels);
}

std::string resource_config(std::string_view host) {
  return json_object({{"current_host", json_quote(host)},
                      {"hosts", json_list({std::string(host)})},
                      {"network_interface_name", json_quote(kInterface)}});
}

std::string entry_point(const std::vector<std::string>& command) {
  const auto script = std::ranges::find_if(command, [](const std::string& word) {
    return word.ends_with(".py") || word.ends_with(".sh");
  });
  return script == command.end() ? "" : script->substr(script->rfind('/') + 1);
}

void add_sagemaker(Environment& environment, const SageMakerFacts& facts) {
  const Places places(facts);
  for (auto& [name, value] : Names{{"SM_MODEL_DIR", places.model},
                                   {"SM_OUTPUT_DATA_DIR", places.output_data},
                                   {"SM_OUTPUT_DIR", places.output},
                                   {"SM_CHANNELS", json_list(names_of(facts.inputs))},
                                   {"SM_HPS", json_values(facts.params)},
                                   {"SM_NUM_GPUS", std::to_string(facts.gpus)},
                                   {"SM_CURRENT_HOST", facts.host},
                                   {"SM_HOSTS", json_list({facts.host})},
                                   {"SM_LOG_LEVEL", std::string(kInfoLevel)},
                                   {"TRAINING_JOB_NAME", facts.job_name}}) {
    environment.insert_or_assign(name, value);
  }
  add_all(environment, "SM_CHANNEL_", places.channels);
  add_all(environment, "SM_HP_", facts.params);
  if (facts.cpus > 0) {
    environment.insert_or_assign("SM_NUM_CPUS", fmt::format("{:.0f}", std::ceil(facts.cpus)));
  }
  if (!facts.ml_folder.empty()) {
    add_contract(environment, facts, places);
  }
}

}  // namespace wattle::executor
