#include "settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "format.h"

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

constexpr std::int64_t kMostCores = 1'024;

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

void apply_words(const Environment& environment, CommonOptions& options) {
  if (const auto target = hyperparameter(environment, "target")) {
    options.data.target = target->value;
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
}

Status apply_cores(const Environment& environment, CommonOptions& options) {
  for (const std::string_view name : {"WATTLE_CPUS", "SM_NUM_CPUS"}) {
    if (const auto value = environment(name)) {
      // A grant may be a part of a core; a thread is whole.
      const auto cores = parse_number(*value);
      if (!cores.ok() || *cores <= 0 || *cores > static_cast<double>(kMostCores)) {
        return Error(ErrorCode::kInvalidArgument,
                     concat(name, ": '", *value, "' is no number of cores"));
      }
      options.granted_cores = std::max<std::int64_t>(1, static_cast<std::int64_t>(*cores));
      return {};
    }
  }
  return {};
}

/// Everything that can be said about one value: what is wrong with it, and what would be right.
Error refusal(const Setting& setting, std::string_view source, std::string_view text,
              std::string_view why) {
  return {ErrorCode::kInvalidArgument,
          concat(source, ": '", text, "' ", why, "; it takes ", range_of(setting))};
}

/// Empty when the text was read and stored, else why it was not.
std::string_view store(const WholeNumber& whole, std::string_view text) {
  const auto number = parse_integer(text);
  if (!number.ok()) {
    return "is no whole number";
  }
  if (*number < whole.least || *number > whole.most) {
    return "is out of range";
  }
  *whole.value = *number;
  return {};
}

std::string_view store(const RealNumber& real, std::string_view text) {
  const auto number = parse_number(text);
  if (!number.ok()) {
    return "is no number";
  }
  if (*number < real.least || *number > real.most ||
      (real.excludes_least && *number == real.least)) {
    return "is out of range";
  }
  *real.value = *number;
  return {};
}

std::string_view store(const Choice& choice, std::string_view text) {
  const auto found = std::ranges::find(choice.words, text);
  if (found == choice.words.end()) {
    return "is not known";
  }
  choice.store(choice.option, static_cast<int>(found - choice.words.begin()));
  return {};
}

std::string_view store(const Sizes& sizes, std::string_view text) {
  std::vector<std::int64_t> values;
  for (const auto part : split(text, ',')) {
    const auto number = parse_integer(trim(part));
    if (!number.ok() || *number < 1 || *number > sizes.most) {
      return "is no list of such sizes";
    }
    values.push_back(*number);
  }
  if (values.size() > sizes.most_values) {
    return "names too many";
  }
  *sizes.values = std::move(values);
  return {};
}

std::string value_text(const WholeNumber& whole) {
  return shortest(*whole.value);
}

std::string value_text(const RealNumber& real) {
  return shortest(*real.value);
}

std::string value_text(const Choice& choice) {
  return std::string(choice.words[static_cast<std::size_t>(choice.position)]);
}

std::string value_text(const Sizes& sizes) {
  std::vector<std::string> texts;
  for (const auto value : *sizes.values) {
    texts.push_back(std::to_string(value));
  }
  return join(texts, ",");
}

std::string range_text(const WholeNumber& whole) {
  return concat(whole.least, " to ", whole.most);
}

std::string range_text(const RealNumber& real) {
  return concat(real.excludes_least ? "above " : "", shortest(real.least),
                real.excludes_least ? ", at most " : " to ", shortest(real.most));
}

std::string range_text(const Choice& choice) {
  return join(std::vector<std::string>(choice.words.begin(), choice.words.end()), ", ");
}

std::string range_text(const Sizes& sizes) {
  return concat("at most ", sizes.most_values, " whole numbers of 1 to ", sizes.most,
                ", divided by commas");
}

}  // namespace

std::vector<Setting> data_settings(DataOptions& data) {
  return {
      {"task", choice(data.task, {"auto", "classification", "regression"}),
       "auto is classification for text and for few different whole numbers"},
      {"test-fraction", RealNumber{&data.test_fraction, 0, 0.9}, "share of the rows for the test"},
      {"validation-fraction", RealNumber{&data.validation_fraction, 0, 0.9},
       "share of the rows for early stopping"},
      {"seed", WholeNumber{&data.seed, 0, 2'147'483'647},
       "divides the rows, and draws whatever is drawn"},
  };
}

std::string value_of(const Setting& setting) {
  return std::visit([](const auto& value) { return value_text(value); }, setting.value);
}

std::string range_of(const Setting& setting) {
  return std::visit([](const auto& value) { return range_text(value); }, setting.value);
}

Status assign(const Setting& setting, std::string_view text, std::string_view source) {
  const std::string_view wrong =
      std::visit([&](const auto& value) { return store(value, trim(text)); }, setting.value);
  return wrong.empty() ? Status() : refusal(setting, source, text, wrong);
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

Status apply_environment(const Environment& environment, CommonOptions options,
                         const std::vector<Setting>& settings) {
  WATTLE_RETURN_IF_ERROR(apply_cores(environment, options));
  apply_words(environment, options);
  for (const auto& setting : settings) {
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
    const auto name = std::filesystem::path(options.output.model).filename().string();
    options.output.model = path_join(folder, name);
  }
  return {};
}

std::string_view to_string(Task task) {
  return task == Task::kRegression ? "regression" : "classification";
}

Status check_data_options(const DataOptions& data) {
  const auto refuse = [](std::string message) {
    return Error(ErrorCode::kInvalidArgument, std::move(message));
  };
  if (data.path.empty()) {
    return refuse("--data is missing: name the file to learn from");
  }
  if (data.test_fraction + data.validation_fraction >= 0.95) {
    return refuse("--test-fraction and --validation-fraction leave less than 5 % to train on");
  }
  if (std::ranges::find(data.ignored, data.target) != data.ignored.end()) {
    return refuse(concat("--ignore ", data.target, ": the target cannot be left out"));
  }
  return {};
}

}  // namespace wattle::training
