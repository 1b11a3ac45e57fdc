#include "command_line.h"

#include "booster.h"

#include "wattle/training/flags.h"

namespace wattle::trainer {
namespace {

using training::RealNumber;
using training::WholeNumber;

constexpr const char* kAbout =
    "Trains gradient-boosted trees on a CSV or CSV.gz table and writes model.ubj (XGBoost) and\n"
    "model.json (columns, classes, encodings, metrics).\n"
    "Metrics go to --metrics as JSON lines, the result to standard output as one JSON object,\n"
    "narration to standard error.";

constexpr const char* kFooter =
    "Neural networks: wattle-train mlp --help, wattle-train cnn --help.\n"
    "Environment (a flag wins): WATTLE_PARAM_<FLAG> or SM_HP_<FLAG> for every parameter and for\n"
    "target, task, ignore, categorical; WATTLE_CPUS, SM_NUM_CPUS: granted cores;\n"
    "SM_CHANNEL_TRAINING, SM_CHANNEL_TEST: data (a folder with one CSV file, or a file);\n"
    "WATTLE_MODEL_DIR, SM_MODEL_DIR, WATTLE_METRICS_FILE, WATTLE_CHECKPOINT_DIR: outputs;\n"
    "WATTLE_CHECKPOINT_REQUEST, WATTLE_CHECKPOINT_CONFIRM, WATTLE_RESUME_FROM: checkpoints on\n"
    "request. SIGUSR1 asks for one too.\n"
    "SIGTERM: the round is finished, a checkpoint written, exit code 143; the same command "
    "resumes\n"
    "and ends bit for bit as if it had not been interrupted.\n"
    "Exit codes: 0 trained, 1 failed, 2 invalid input, 3 file not found, 6 permission denied.";

constexpr std::int64_t kRoundsLimit = 1'000'000;
constexpr std::int64_t kThreadsLimit = 1'024;

training::CommandFlags flags_of(TreesOptions& options) {
  training::CommandFlags flags{
      .name = "trees",
      .about = kAbout,
      .footer = kFooter,
      .texts = {{"model-out", "FILE", "the model; model.json is written beside it",
                 &options.output.model}},
      .lists = {},
      .settings = settings_of(options),
      .estimate_only = &options.estimate_only};
  training::add_common_flags(flags, options.data, options.output);
  return flags;
}

}  // namespace

std::vector<training::Setting> settings_of(TreesOptions& options) {
  BoostOptions& boost = options.boost;
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
      {"checkpoint-every", WholeNumber{&options.checkpoint_every, 1, kRoundsLimit},
       "rounds between checkpoints"},
  };
}

Status apply_environment(const training::Environment& environment, TreesOptions& options) {
  auto settings = settings_of(options);
  for (auto& setting : training::data_settings(options.data)) {
    settings.push_back(std::move(setting));
  }
  return training::apply_environment(
      environment, {options.data, options.output, options.granted_cores}, settings);
}

Result<CommandLine> parse_command_line(std::vector<std::string> arguments, TreesOptions options) {
  CommandLine line{std::nullopt, std::move(options)};
  TreesOptions& trees = line.trees;
  const training::ProgramFlags program{"wattle-train",
                                       "Wattle's built-in trainer",
                                       "wattle-train, xgboost " + xgboost_version(),
                                       {flags_of(trees)}};
  WATTLE_ASSIGN_OR_RETURN(auto parsed, training::parse_flags(program, std::move(arguments)));
  if (parsed.text) {
    line.text = std::move(parsed.text);
    return line;
  }
  if (parsed.has_metrics) {
    trees.output.metrics_are_shared = false;
  }
  WATTLE_RETURN_IF_ERROR(training::check_data_options(trees.data));
  if (trees.data.target.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--target is missing: name the column to predict");
  }
  return line;
}

}  // namespace wattle::trainer
