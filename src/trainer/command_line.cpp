#include "command_line.h"

#include <algorithm>
#include <map>
#include <set>

#include "booster.h"
#include <CLI/CLI.hpp>

#include "wattle/base/text.h"

namespace wattle::trainer {
namespace {

constexpr const char* kAbout =
    "Trains gradient-boosted trees on a CSV or CSV.gz table and writes model.ubj (XGBoost) and\n"
    "model.json (columns, classes, encodings, metrics).\n"
    "Metrics go to --metrics as JSON lines, the result to standard output as one JSON object,\n"
    "narration to standard error.";

constexpr const char* kFooter =
    "Environment (a flag wins): WATTLE_PARAM_<FLAG> or SM_HP_<FLAG> for every parameter and for\n"
    "target, task, ignore, categorical; WATTLE_CPUS, SM_NUM_CPUS: granted cores;\n"
    "SM_CHANNEL_TRAINING, SM_CHANNEL_TEST: data (a folder with one CSV file, or a file);\n"
    "WATTLE_MODEL_DIR, SM_MODEL_DIR, WATTLE_METRICS_FILE, WATTLE_CHECKPOINT_DIR: outputs.\n"
    "SIGTERM: the round is finished, a checkpoint written, exit code 143; the same command "
    "resumes\n"
    "and ends bit for bit as if it had not been interrupted.\n"
    "Exit codes: 0 trained, 1 failed, 2 invalid input, 3 file not found, 6 permission denied.";

/// Flags as text: ranges and messages are settings.h's, the same as for the environment.
struct Texts {
  std::map<std::string_view, std::string> numbers;
  std::string task;
};

void add_files(CLI::App& app, TreesOptions& options) {
  app.add_option("--data", options.data.path, "CSV or CSV.gz file with a header (required)")
      ->type_name("FILE");
  app.add_option("--test", options.data.test_path,
                 "test rows; default: --test-fraction of the data")
      ->type_name("FILE");
  app.add_option("--target", options.data.target, "column to predict (required)")
      ->type_name("COLUMN");
  app.add_option("--ignore", options.data.ignored, "column to leave out; repeatable")
      ->type_name("COLUMN")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--categorical", options.data.categorical,
                 "column whose numbers are names, such as postcodes; repeatable")
      ->type_name("COLUMN")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--model-out", options.output.model, "the model; model.json is written beside it")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--metrics", options.output.metrics, "metrics per round, JSON lines")
      ->type_name("FILE");
  app.add_option("--predictions", options.output.predictions, "predictions for the test rows, CSV")
      ->type_name("FILE");
  app.add_option("--checkpoint", options.output.checkpoints,
                 "folder for checkpoints; a training found there is resumed")
      ->type_name("DIR");
}

void add_parameters(CLI::App& app, TreesOptions& options, Texts& texts) {
  app.add_option("--task", texts.task,
                 "auto, classification or regression [auto: classification for text and for few "
                 "whole numbers]")
      ->type_name("TASK");
  for (const auto& setting : settings_of(options)) {
    app.add_option(concat("--", setting.flag), texts.numbers[setting.flag],
                   concat(setting.help, " (", range_of(setting), ") [", value_of(setting), "]"))
        ->type_name("N");
  }
  app.add_flag("--estimate,--dry-run-estimate", options.estimate_only,
               "measure a few rounds, print the time that a training will take as JSON, and stop");
}

std::string_view nearest_flag(const CLI::App& app, std::string_view flag,
                              std::vector<std::string>& names) {
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return nearest(flag, views);
}

/// The library's message, or a better one for an unknown word.
Error usage_error(const CLI::App& trees, const CLI::Error& error,
                  const std::vector<std::string>& unknown) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr || unknown.empty()) {
    return {ErrorCode::kInvalidArgument, concat(error.what(), "; see wattle-train trees --help")};
  }
  const std::string flag = unknown.front().substr(0, unknown.front().find('='));
  std::vector<std::string> names;
  const auto near = nearest_flag(trees, flag, names);
  return {ErrorCode::kInvalidArgument,
          concat("unknown argument '", flag, "'",
                 near.empty() ? std::string("; see wattle-train trees --help")
                              : concat("; did you mean '", near, "'?"))};
}

Status apply(const CLI::App& trees, const Texts& texts, TreesOptions& options) {
  for (const auto& setting : settings_of(options)) {
    const std::string flag = concat("--", setting.flag);
    if (trees.count(flag) > 0) {
      WATTLE_RETURN_IF_ERROR(assign(setting, texts.numbers.at(setting.flag), flag));
    }
  }
  if (!texts.task.empty()) {
    WATTLE_ASSIGN_OR_RETURN(options.data.task, parse_task(texts.task, "--task"));
  }
  if (trees.count("--metrics") > 0) {
    options.output.metrics_are_shared = false;
  }
  return {};
}

Status check_together(const TreesOptions& options) {
  const auto refuse = [](std::string message) {
    return Error(ErrorCode::kInvalidArgument, std::move(message));
  };
  if (options.data.path.empty()) {
    return refuse("--data is missing: name the CSV file to learn from");
  }
  if (options.data.target.empty()) {
    return refuse("--target is missing: name the column to predict");
  }
  if (options.data.test_fraction + options.data.validation_fraction >= 0.95) {
    return refuse("--test-fraction and --validation-fraction leave less than 5 % to train on");
  }
  if (std::ranges::find(options.data.ignored, options.data.target) != options.data.ignored.end()) {
    return refuse(concat("--ignore ", options.data.target, ": the target cannot be left out"));
  }
  return {};
}

}  // namespace

Result<CommandLine> parse_command_line(std::vector<std::string> arguments, TreesOptions options) {
  CommandLine line{std::nullopt, std::move(options)};
  Texts texts;
  CLI::App app("Wattle's built-in trainer", "wattle-train");
  app.set_version_flag("--version", "wattle-train, xgboost " + xgboost_version());
  app.require_subcommand(1);
  CLI::App& trees = *app.add_subcommand("trees", kAbout);
  trees.footer(kFooter);
  add_files(trees, line.trees);
  add_parameters(trees, line.trees, texts);
  std::ranges::reverse(arguments);  // the order that CLI11 wants
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    line.text = trees.parsed() ? trees.help("wattle-train") : app.help();
    return line;
  } catch (const CLI::CallForVersion& version) {
    line.text = version.what();
    return line;
  } catch (const CLI::Error& error) {
    return usage_error(trees, error, app.remaining(true));
  }
  WATTLE_RETURN_IF_ERROR(apply(trees, texts, line.trees));
  WATTLE_RETURN_IF_ERROR(check_together(line.trees));
  return line;
}

}  // namespace wattle::trainer
