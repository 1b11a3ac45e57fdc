#include "settings.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "format.h"

#include "wattle/base/text.h"

namespace wattle::trainer {
namespace {

constexpr std::int64_t kRoundsLimit = 1'000'000;
constexpr std::int64_t kThreadsLimit = 1'024;

std::string underscored(std::string_view flag) {
  std::string name(flag);
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

void take(const Environment& environment, std::initializer_list<std::string_view> names,
          std::string& into) {
  for (const auto name : names) {
    if (auto value = environment(name)) {
      into = std::move(*value);
      return;
    }
  }
}

Status apply_words(const Environment& environment, TreesOptions& options) {
  if (const auto target = hyperparameter(environment, "target")) {
    options.data.target = target->value;
  }
  if (const auto task = hyperparameter(environment, "task")) {
    WATTLE_ASSIGN_OR_RETURN(options.data.task, parse_task(task->value, task->variable));
  }
  const std::array<std::pair<std::string_view, std::vector<std::string>*>, 2> lists{
      {{"ignore", &options.data.ignored}, {"categorical", &options.data.categorical}}};
  for (const auto& [name, list] : lists) {
    if (const auto found = hyperparameter(environment, name)) {
      for (const auto part : split(found->value, ',')) {
        list->emplace_back(trim(part));
      }
    }
  }
  return {};
}

Status apply_cores(const Environment& environment, TreesOptions& options) {
  for (const std::string_view name : {"WATTLE_CPUS", "SM_NUM_CPUS"}) {
    if (const auto value = environment(name)) {
      // A grant may be a part of a core; a thread is whole.
      const auto cores = parse_number(*value);
      if (!cores.ok() || *cores <= 0 || *cores > static_cast<double>(kThreadsLimit)) {
        return Error(ErrorCode::kInvalidArgument,
                     concat(name, ": '", *value, "' is no number of cores"));
      }
      options.granted_cores = std::max<std::int64_t>(1, static_cast<std::int64_t>(*cores));
      return {};
    }
  }
  return {};
}

}  // namespace

std::vector<Setting> settings_of(TreesOptions& options) {
  BoostOptions& boost = options.boost;
  DataOptions& data = options.data;
  return {
      {"rounds", WholeNumber{&boost.rounds, 1, kRoundsLimit}, "most boosting rounds"},
      {"learning-rate", RealNumber{&boost.learning_rate, 0, 1, true},
       "share of each tree's answer that is kept"},
      {"max-depth", WholeNumber{&boost.max_depth, 1, 24}, "levels of a tree"},
      {"subsample", RealNumber{&boost.subsample, 0, 1, true}, "share of the rows for each round"},
      {"column-sample", RealNumber{&boost.column_sample, 0, 1, true},
       "share of the features for each tree"},
      {"min-child-weight", RealNumber{&boost.min_child_weight, 0, 1e6},
       "least sum of second derivatives in a leaf"},
      {"lambda", RealNumber{&boost.lambda, 0, 1e6}, "L2 penalty on leaf values"},
      {"early-stopping", WholeNumber{&boost.early_stopping, 0, kRoundsLimit},
       "stop after so many rounds without a better validation loss; 0: never"},
      {"threads", WholeNumber{&boost.threads, 0, kThreadsLimit},
       "0: the granted cores, fewer where a table is too small for them to pay"},
      {"test-fraction", RealNumber{&data.test_fraction, 0, 0.9}, "share of the rows for the test"},
      {"validation-fraction", RealNumber{&data.validation_fraction, 0, 0.9},
       "share of the rows for early stopping"},
      {"seed", WholeNumber{&data.seed, 0, 2'147'483'647}, "divides the rows and draws the samples"},
      {"checkpoint-every", WholeNumber{&options.output.checkpoint_every, 1, kRoundsLimit},
       "rounds between checkpoints"},
  };
}

std::string value_of(const Setting& setting) {
  return std::visit([](const auto& number) { return shortest(*number.value); }, setting.number);
}

std::string range_of(const Setting& setting) {
  if (const auto* whole = std::get_if<WholeNumber>(&setting.number)) {
    return concat(whole->least, " to ", whole->most);
  }
  const auto& real = std::get<RealNumber>(setting.number);
  return concat(real.excludes_least ? "above " : "", shortest(real.least),
                real.excludes_least ? ", at most " : " to ", shortest(real.most));
}

Status assign(const Setting& setting, std::string_view text, std::string_view source) {
  const auto refuse = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(source, ": '", text, "' ", why, "; it takes ", range_of(setting)));
  };
  if (const auto* whole = std::get_if<WholeNumber>(&setting.number)) {
    const auto number = parse_integer(trim(text));
    if (!number.ok()) {
      return refuse("is no whole number");
    }
    if (*number < whole->least || *number > whole->most) {
      return refuse("is out of range");
    }
    *whole->value = *number;
    return {};
  }
  const auto& real = std::get<RealNumber>(setting.number);
  const auto number = parse_number(trim(text));
  if (!number.ok()) {
    return refuse("is no number");
  }
  if (*number < real.least || *number > real.most ||
      (real.excludes_least && *number == real.least)) {
    return refuse("is out of range");
  }
  *real.value = *number;
  return {};
}

std::optional<FromEnvironment> hyperparameter(const Environment& environment,
                                              std::string_view flag) {
  const std::string name = underscored(flag);
  for (const std::string_view prefix : {"WATTLE_PARAM_", "SM_HP_"}) {
    for (const std::string& spelling :
         {upper(name), name, std::string(flag), upper(std::string(flag))}) {
      const std::string variable = concat(prefix, spelling);
      if (auto value = environment(variable)) {
        return FromEnvironment{variable, std::move(*value)};
      }
    }
  }
  return std::nullopt;
}

Status apply_environment(const Environment& environment, TreesOptions& options) {
  WATTLE_RETURN_IF_ERROR(apply_cores(environment, options));
  WATTLE_RETURN_IF_ERROR(apply_words(environment, options));
  for (const auto& setting : settings_of(options)) {
    if (const auto found = hyperparameter(environment, setting.flag)) {
      WATTLE_RETURN_IF_ERROR(assign(setting, found->value, found->variable));
    }
  }
  take(environment, {"SM_CHANNEL_TRAINING", "SM_CHANNEL_TRAIN"}, options.data.path);
  take(environment, {"SM_CHANNEL_TEST"}, options.data.test_path);
  take(environment, {"WATTLE_CHECKPOINT_DIR"}, options.output.checkpoints);
  take(environment, {"WATTLE_METRICS_FILE"}, options.output.metrics);
  options.output.metrics_are_shared = !options.output.metrics.empty();
  std::string folder;
  take(environment, {"WATTLE_MODEL_DIR", "SM_MODEL_DIR"}, folder);
  if (!folder.empty()) {
    options.output.model = path_join(folder, "model.ubj");
  }
  return {};
}

Result<Task> parse_task(std::string_view text, std::string_view source) {
  if (text == "auto") {
    return Task::kAuto;
  }
  if (text == "classification") {
    return Task::kClassification;
  }
  if (text == "regression") {
    return Task::kRegression;
  }
  return Error(ErrorCode::kInvalidArgument, concat(source, ": '", text,
                                                   "' is no task; it takes auto, classification or "
                                                   "regression"));
}

}  // namespace wattle::trainer
