#include "command_line.h"

#include <array>

#include "wattle/base/text.h"
#include "wattle/training/flags.h"

namespace wattle::networks {
namespace {

using training::choice;
using training::RealNumber;
using training::Setting;
using training::Sizes;
using training::WholeNumber;

constexpr std::int64_t kMost = 1'000'000;
constexpr std::int64_t kMostUnits = 65'536;

constexpr std::string_view kAboutMlp =
    "Trains a multilayer perceptron on a table (CSV, CSV.gz) or an array (NPY, IDX)";
constexpr std::string_view kAboutCnn =
    "Trains a convolutional network on images (NPY, IDX, or rows of a table with --image)";
constexpr std::string_view kAboutBoth =
    "\nand writes model.pt (TorchScript), model.onnx (opset 13) and model.json (columns, classes,\n"
    "shapes, metrics). Both models take raw rows: standardisation is inside.\n"
    "Metrics go to --metrics as JSON lines, the result to standard output as one JSON object,\n"
    "narration to standard error.";

constexpr const char* kFooter =
    "Environment (a flag wins): WATTLE_PARAM_<FLAG> or SM_HP_<FLAG> for every parameter and for\n"
    "target, ignore, categorical; WATTLE_CPUS, SM_NUM_CPUS: granted cores; SM_CHANNEL_TRAINING,\n"
    "SM_CHANNEL_TEST: data; WATTLE_MODEL_DIR, SM_MODEL_DIR, WATTLE_METRICS_FILE,\n"
    "WATTLE_CHECKPOINT_DIR: outputs; WATTLE_CHECKPOINT_REQUEST, WATTLE_CHECKPOINT_CONFIRM,\n"
    "WATTLE_RESUME_FROM: checkpoints on request. SIGUSR1 asks for one too.\n"
    "SIGTERM: the step is finished, a checkpoint saved, exit code 143; the same command resumes\n"
    "and ends bit for bit as if it had not been interrupted.\n"
    "Exit codes: 0 trained, 1 failed, 2 invalid input, 3 file not found, 6 permission denied.";

void add_model_settings(NetworkOptions& options, std::vector<Setting>& settings) {
  ModelOptions& model = options.model;
  settings.push_back({"layers", Sizes{&model.layers, kMostUnits, 16}, "units of hidden layers"});
  if (options.kind == NetworkKind::kCnn) {
    settings.push_back(
        {"channels", Sizes{&model.channels, 4'096, 16}, "channels of the convolutions"});
    settings.push_back({"kernel", WholeNumber{&model.kernel, 1, 15}, "side of a kernel, odd"});
    settings.push_back({"pool", WholeNumber{&model.pool, 1, 8},
                        "side of what is pooled after each convolution; 1: nothing"});
  }
  settings.push_back({"activation", choice(model.activation, {"relu", "gelu", "tanh", "silu"}),
                      "after every hidden layer"});
  settings.push_back({"dropout", RealNumber{&model.dropout, 0, 0.9},
                      "share of a hidden layer's units that a step leaves out"});
  settings.push_back({"batch-norm", choice(model.batch_norm, {"off", "on"}),
                      "normalise what enters each activation"});
}

void add_learn_settings(LearnOptions& learn, std::vector<Setting>& settings) {
  const std::vector<Setting> more{
      {"epochs", WholeNumber{&learn.epochs, 1, kMost}, "most passes over the rows"},
      {"batch", WholeNumber{&learn.batch, 2, kMost}, "rows of a step, at least"},
      {"optimizer", choice(learn.optimizer, {"adamw", "sgd"}), "how steps are made"},
      {"learning-rate", RealNumber{&learn.learning_rate, 0, 100, true},
       "of the first step after the warm-up; sgd wants about 0.05"},
      {"momentum", RealNumber{&learn.momentum, 0, 0.999}, "of sgd"},
      {"nesterov", choice(learn.nesterov, {"off", "on"}), "momentum looks ahead"},
      {"weight-decay", RealNumber{&learn.weight_decay, 0, 10}, "pull of the weights towards 0"},
      {"schedule", choice(learn.schedule, {"constant", "step", "cosine"}), "of the learning rate"},
      {"warm-up", RealNumber{&learn.warm_up_epochs, 0, 1'000},
       "epochs in which the rate rises from 0"},
      {"step-epochs", WholeNumber{&learn.step_epochs, 1, kMost},
       "schedule step: epochs between two drops"},
      {"step-factor", RealNumber{&learn.step_factor, 0, 1, true},
       "schedule step: what a drop leaves"},
      {"clip", RealNumber{&learn.clip, 0, 1e6}, "norm of a step's gradients at most; 0: any"},
      {"early-stopping", WholeNumber{&learn.early_stopping, 0, kMost},
       "stop after so many epochs without a better validation loss; 0: never"},
      {"class-weights", choice(learn.class_weights, {"none", "balanced"}),
       "balanced: rare classes count as much as frequent ones"},
      {"precision", choice(learn.precision, {"fp32", "bf16"}),
       "of the multiplications; the weights are fp32 in both"},
  };
  settings.insert(settings.end(), more.begin(), more.end());
}

/// What changes how a training runs and not what it learns.
std::vector<Setting> run_settings(NetworkOptions& options) {
  return {
      {"threads", WholeNumber{&options.threads, 0, 1'024},
       "0: the granted cores, fewer where a network is too small for them to pay"},
      {"checkpoint-every", WholeNumber{&options.checkpoint_every, 0, 1'000'000'000},
       "steps between checkpoints; 0: by time alone"},
      {"checkpoint-seconds", RealNumber{&options.checkpoint_seconds, 0, 86'400},
       "seconds between checkpoints; 0: by steps alone"},
  };
}

training::CommandFlags flags_of(NetworkOptions& options) {
  const bool is_cnn = options.kind == NetworkKind::kCnn;
  training::CommandFlags flags{
      .name = is_cnn ? "cnn" : "mlp",
      .about = concat(is_cnn ? kAboutCnn : kAboutMlp, kAboutBoth),
      .footer = kFooter,
      .texts = {{"labels", "FILE", "labels of an array of data, NPY or IDX",
                 &options.arrays.labels},
                {"test-labels", "FILE", "labels of the test rows", &options.arrays.test_labels},
                {"image", "CxHxW", "the columns of a table are the pixels of such an image",
                 &options.arrays.image},
                {"device", "DEVICE", "auto (a GPU where there is one), cpu, cuda or cuda:N",
                 &options.device},
                {"model-out", "FILE", "the model; .onnx and .json are written beside it",
                 &options.output.model}},
      .lists = {},
      .settings = {},
      .estimate_only = &options.estimate_only};
  add_model_settings(options, flags.settings);
  add_learn_settings(options.learn, flags.settings);
  flags.settings.push_back({"channel-order",
                            choice(options.arrays.channel_order, {"first", "last"}),
                            "where four-dimensional data have their channels"});
  for (auto& setting : run_settings(options)) {
    flags.settings.push_back(std::move(setting));
  }
  training::add_common_flags(flags, options.data, options.output);
  return flags;
}

Status check_together(const NetworkOptions& options) {
  WATTLE_RETURN_IF_ERROR(training::check_data_options(options.data));
  if (options.kind == NetworkKind::kCnn && options.model.kernel % 2 == 0) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("--kernel ", options.model.kernel, ": a kernel has a middle; take ",
                        options.model.kernel + 1));
  }
  if (options.learn.nesterov == Switch::kOn && options.learn.momentum <= 0) {
    return Error(ErrorCode::kInvalidArgument, "--nesterov on needs --momentum above 0");
  }
  return {};
}

}  // namespace

std::vector<Setting> settings_of(NetworkOptions& options) {
  std::vector<Setting> settings;
  add_model_settings(options, settings);
  add_learn_settings(options.learn, settings);
  for (auto& setting : training::data_settings(options.data)) {
    settings.push_back(std::move(setting));
  }
  return settings;
}

Result<CommandLine> parse_command_line(std::vector<std::string> arguments,
                                       const training::Environment& environment,
                                       std::int64_t granted_cores, const std::string& version) {
  std::array<NetworkOptions, 2> both;
  both[1].kind = NetworkKind::kCnn;
  for (auto& options : both) {
    options.granted_cores = granted_cores;
    auto settings = settings_of(options);
    for (auto& setting : run_settings(options)) {
      settings.push_back(std::move(setting));
    }
    WATTLE_RETURN_IF_ERROR(training::apply_environment(
        environment, {options.data, options.output, options.granted_cores}, settings));
  }
  const training::ProgramFlags program{"wattle-train",
                                       "Wattle's trainer of neural networks",
                                       version,
                                       {flags_of(both[0]), flags_of(both[1])}};
  WATTLE_ASSIGN_OR_RETURN(auto parsed, training::parse_flags(program, std::move(arguments)));
  CommandLine line{std::move(parsed.text), std::move(both[parsed.command == "cnn" ? 1 : 0])};
  if (line.text) {
    return line;
  }
  if (parsed.has_metrics) {
    line.options.output.metrics_are_shared = false;
  }
  WATTLE_RETURN_IF_ERROR(check_together(line.options));
  return line;
}

}  // namespace wattle::networks
