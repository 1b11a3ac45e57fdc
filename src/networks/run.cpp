#include "run.h"

#include <algorithm>
#include <optional>

#include "command_line.h"
#include "forecast.h"
#include "loop.h"
#include "onnx_writer.h"
#include "report.h"

#include "wattle/base/hash.h"
#include "wattle/base/text.h"
#include "wattle/training/checkpoint.h"
#include "wattle/training/format.h"
#include "wattle/training/interruption.h"
#include "wattle/training/keeper.h"
#include "wattle/training/metrics_file.h"
#include "wattle/training/outputs.h"
#include "wattle/training/report.h"

namespace wattle::networks {
namespace {

using training::Interruption;
using training::MetricsFile;
using training::Surroundings;
using training::Task;

/// Multiplications of a step, forward and backward, that keep a thread busy longer than handing
/// them to it costs.
constexpr std::int64_t kOperationsPerThread = 100'000'000;

std::vector<float> standardised_labels(const NetworkData& data, const std::vector<float>& labels) {
  std::vector<float> result;
  result.reserve(labels.size());
  for (const float label : labels) {
    result.push_back(static_cast<float>((static_cast<double>(label) - data.target_mean) /
                                        data.target_deviation));
  }
  return result;
}

/// Standardises the rows that are learnt from; the test rows stay as they are, for the model.
struct Learnable {
  training::Matrix train;
  training::Matrix validation;
  std::vector<float> train_labels;
  std::vector<float> validation_labels;

  explicit Learnable(NetworkData& data)
      : train(std::move(data.parts.train.features)),
        validation(std::move(data.parts.validation.features)),
        train_labels(data.parts.train.labels),
        validation_labels(data.parts.validation.labels) {
    standardise(data.standardisation, data.shape, train);
    standardise(data.standardisation, data.shape, validation);
    if (data.parts.task == Task::kRegression) {
      train_labels = standardised_labels(data, train_labels);
      validation_labels = standardised_labels(data, validation_labels);
    }
  }
};

Lesson lesson_of(const NetworkOptions& options, const NetworkData& data,
                 const Architecture& architecture, const Learnable& learnable) {
  const bool is_classification = data.parts.task == Task::kClassification;
  Lesson lesson{architecture,
                options.learn,
                is_classification,
                {learnable.train, learnable.train_labels},
                {learnable.validation, learnable.validation_labels},
                {}};
  if (is_classification && options.learn.class_weights == ClassWeights::kBalanced) {
    lesson.class_weights = balanced_weights(learnable.train_labels, data.parts.classes.size());
  }
  return lesson;
}

/// One training from its data on.
class Run {
 public:
  Run(const NetworkOptions& options, const Surroundings& around, const NetworkData& data,
      const Architecture& architecture, const Arithmetic& arithmetic)
      : options_(options),
        around_(around),
        data_(data),
        architecture_(architecture),
        arithmetic_(arithmetic),
        plan_{options, data.parts.train.labels.size(), data.parts.has_validation()},
        training_(fingerprint(options, data, arithmetic.library)),
        store_(around.files, options.output.checkpoints, "network") {}

  Result<int> train(Backend& backend, Learner& learner, Interruption& interruption) {
    keeper_.emplace(around_.files, around_.clock,
                    training::checkpoint_contract(around_.environment), interruption);
    WATTLE_ASSIGN_OR_RETURN(Progress progress, begin(learner));
    WATTLE_ASSIGN_OR_RETURN(MetricsFile metrics, open_metrics(progress));
    saved_at_ = around_.clock.boot_now();
    Hooks hooks;
    hooks.after_epoch = [&](const std::vector<Epoch>& history) {
      return metrics.append(epoch_line(options_, data_, history));
    };
    hooks.due = [&] { return keeper_->due(); };
    hooks.is_time_to_save = [&](std::int64_t step) { return is_time_to_save(step); };
    if (has_checkpoints()) {
      hooks.save = [&](const Progress& at) { return save(at, learner); };
    }
    WATTLE_ASSIGN_OR_RETURN(const auto signal, learn(plan_, hooks, learner, progress));
    if (signal) {
      return interrupted(*signal, progress);
    }
    WATTLE_RETURN_IF_ERROR(finish(backend, learner, progress, metrics));
    return 0;
  }

 private:
  bool has_checkpoints() const { return !options_.output.checkpoints.empty(); }

  bool is_time_to_save(std::int64_t step) const {
    const bool by_step = options_.checkpoint_every > 0 && step % options_.checkpoint_every == 0;
    const bool by_time =
        options_.checkpoint_seconds > 0 &&
        around_.clock.boot_now() - saved_at_ >= Seconds(options_.checkpoint_seconds);
    return by_step || by_time;
  }

  Status save(const Progress& progress, const Learner& learner) {
    WATTLE_ASSIGN_OR_RETURN(std::string state, learner.state());
    const std::string bytes = encode({progress, to_string(arithmetic_), std::move(state)});
    WATTLE_RETURN_IF_ERROR(
        keeper_->save(store_, {training_, arithmetic_.threads, progress.step, bytes}));
    saved_at_ = around_.clock.boot_now();
    return {};
  }

  /// From the newest checkpoint, else from nothing.
  Result<Progress> begin(Learner& learner) {
    if (!has_checkpoints()) {
      return Progress{};
    }
    WATTLE_RETURN_IF_ERROR(store_.prepare());
    WATTLE_ASSIGN_OR_RETURN(const auto found, keeper_->load(store_, training_));
    for (const auto& note : found.notes) {
      around_.voice.say(note);
    }
    if (!found.checkpoint) {
      return Progress{};
    }
    WATTLE_ASSIGN_OR_RETURN(SavedTraining saved, decode(found.checkpoint->state));
    WATTLE_RETURN_IF_ERROR(learner.restore(saved.learner));
    resumed_from_ = saved.progress.step;
    around_.voice.say(concat("resumed after step ", resumed_from_, " of ",
                             options_.learn.epochs * plan_.epoch_steps()));
    if (saved.arithmetic != to_string(arithmetic_)) {
      around_.voice.say(concat("the checkpoint was made by ", saved.arithmetic, ", now it is ",
                               to_string(arithmetic_),
                               ": last digits may differ from an uninterrupted run"));
    }
    return std::move(saved.progress);
  }

  Result<MetricsFile> open_metrics(const Progress& progress) {
    std::string done;
    std::vector<Epoch> history;
    for (const auto& epoch : progress.history) {
      history.push_back(epoch);
      done += epoch_line(options_, data_, history) + "\n";
    }
    return MetricsFile::open(around_.files, {options_.output.metrics,
                                             options_.output.metrics_are_shared, std::move(done)});
  }

  int interrupted(int signal, const Progress& progress) {
    around_.voice.say(concat("interrupted by signal ", signal, " after step ", progress.step,
                             has_checkpoints()
                                 ? "; a checkpoint is written, the same command resumes"
                                 : "; without --checkpoint nothing is kept"));
    return 128 + signal;
  }

  /// The weights of the best epoch, or the last ones.
  Result<Weights> best_weights(const Learner& learner, const Progress& progress) {
    WATTLE_ASSIGN_OR_RETURN(Weights weights, learner.weights());
    if (!progress.best.empty()) {
      WATTLE_RETURN_IF_ERROR(decode_weights(progress.best, weights));
    }
    return weights;
  }

  Status finish(Backend& backend, const Learner& learner, const Progress& progress,
                MetricsFile& metrics) {
    WATTLE_ASSIGN_OR_RETURN(const Weights weights, best_weights(learner, progress));
    const InferenceModel model = inference_model(architecture_, weights, data_);
    const std::string description = describe_input(options_, data_);
    WATTLE_ASSIGN_OR_RETURN(const std::string torchscript, backend.save(model, description));
    WATTLE_ASSIGN_OR_RETURN(const std::string onnx, write_onnx(model, {{"wattle", description}}));
    Finished finished{
        options_,      data_, progress.history,        architecture_,   arithmetic_, count(weights),
        resumed_from_, {},    sha256_hex(torchscript), sha256_hex(onnx)};
    // By the file's own bytes: what is reported is what was written.
    if (!data_.parts.test.labels.empty()) {
      WATTLE_ASSIGN_OR_RETURN(finished.test_predictions,
                              backend.predict(torchscript, model, data_.parts.test.features));
    }
    WATTLE_RETURN_IF_ERROR(write_results(finished, torchscript, onnx));
    WATTLE_RETURN_IF_ERROR(metrics.append(final_line(finished)));
    around_.voice.say(concat("kept epoch ", best_epoch(progress.history, plan_.has_validation),
                             " of ", progress.history.size(), "; ",
                             training::headline({data_.parts, finished.test_predictions})));
    around_.voice.result(summary(finished));
    return {};
  }

  /// Models and description belong together: if one cannot be written, the others go too.
  Status write_results(const Finished& finished, const std::string& torchscript,
                       const std::string& onnx) {
    FileSystem& files = around_.files;
    const std::string& path = options_.output.model;
    const std::string onnx_path = training::with_ending(path, ".onnx");
    auto written = files.write_atomic(path, torchscript);
    if (written.ok()) {
      written = files.write_atomic(onnx_path, onnx);
    }
    if (written.ok()) {
      written = files.write_atomic(training::with_ending(path, ".json"), describe_model(finished));
    }
    if (!written.ok()) {
      WATTLE_RETURN_IF_ERROR(files.remove_all(path));
      WATTLE_RETURN_IF_ERROR(files.remove_all(onnx_path));
      return written;
    }
    return options_.output.predictions.empty()
               ? Status()
               : files.write_atomic(
                     options_.output.predictions,
                     training::predictions_csv({data_.parts, finished.test_predictions}));
  }

  const NetworkOptions& options_;
  const Surroundings& around_;
  const NetworkData& data_;
  const Architecture& architecture_;
  const Arithmetic& arithmetic_;
  const Plan plan_;
  const std::string training_;
  training::CheckpointStore store_;
  std::optional<training::Keeper> keeper_;
  BootTime saved_at_;
  std::int64_t resumed_from_ = 0;
};

void narrate(const NetworkOptions& options, const NetworkData& data,
             const Architecture& architecture, const Arithmetic& arithmetic,
             const training::Voice& voice) {
  const std::string cells = data.is_image ? concat("images of ", to_string(data.shape))
                                          : concat(data.shape.channels, " features");
  voice.say(training::describe_rows(data.parts, cells, options.data));
  const bool held_back = options.threads == 0 && arithmetic.threads < options.granted_cores;
  voice.say(concat("network: ", architecture.layers.size(), " layers, ",
                   training::with_commas(static_cast<std::size_t>(architecture.operations)),
                   " multiplications a row; ", to_string(arithmetic),
                   held_back ? concat(" of ", options.granted_cores,
                                      " granted, more would not pay for a network of this size")
                             : std::string()));
  if (!data.parts.has_validation() && options.learn.early_stopping > 0) {
    voice.say("no validation rows, so no early stopping: the last epoch is kept");
  }
}

}  // namespace

std::string to_string(const Arithmetic& arithmetic) {
  return concat(arithmetic.library, " on ", arithmetic.device, " (", arithmetic.kernels, "), ",
                arithmetic.threads, arithmetic.threads == 1 ? " thread" : " threads");
}

int useful_threads(const NetworkOptions& options, std::int64_t operations) {
  if (options.threads > 0) {
    return static_cast<int>(options.threads);
  }
  const std::int64_t busy = 3 * operations * options.learn.batch / kOperationsPerThread;
  return static_cast<int>(
      std::clamp<std::int64_t>(busy, 1, std::max<std::int64_t>(options.granted_cores, 1)));
}

std::vector<float> balanced_weights(std::span<const float> labels, std::size_t classes) {
  std::vector<std::size_t> counts(classes);
  for (const float label : labels) {
    ++counts[static_cast<std::size_t>(label)];
  }
  std::vector<float> weights;
  for (const auto count : counts) {
    weights.push_back(count == 0 ? 0.0F
                                 : static_cast<float>(static_cast<double>(labels.size()) /
                                                      static_cast<double>(classes * count)));
  }
  return weights;
}

std::string fingerprint(const NetworkOptions& options, const NetworkData& data,
                        const std::string& library) {
  std::string lines;
  const auto add = [&lines](std::string_view name, std::string_view value) {
    lines += concat(name, "=", value, "\n");
  };
  add("kind", options.kind == NetworkKind::kCnn ? "cnn" : "mlp");
  add("data", data.parts.sha256);
  add("test_data", data.parts.test_sha256);
  add("target", options.data.target);
  add("ignored", join(options.data.ignored, ","));
  add("categorical", join(options.data.categorical, ","));
  add("shape", to_string(data.shape));
  add("library", library);
  NetworkOptions copy = options;
  for (const auto& setting : settings_of(copy)) {
    add(setting.flag, training::value_of(setting));
  }
  return lines;
}

Result<int> run_network(const NetworkOptions& options, const Surroundings& surroundings,
                        Backend& backend) {
  // What the program took to load; its wall time is hardly different.
  const Seconds loaded = surroundings.cpu_time();
  const auto start = surroundings.clock.boot_now();
  if (!options.estimate_only) {
    WATTLE_RETURN_IF_ERROR(training::check_outputs(options.output, ".pt"));
  }
  WATTLE_ASSIGN_OR_RETURN(NetworkData data, prepare(surroundings.files, options));
  const bool is_classification = data.parts.task == Task::kClassification;
  const auto outputs = is_classification ? static_cast<std::int64_t>(data.parts.classes.size()) : 1;
  WATTLE_ASSIGN_OR_RETURN(const Architecture architecture, design(options, data.shape, outputs));
  if (options.model.batch_norm == Switch::kOn && data.parts.train.labels.size() < 2) {
    return Error(ErrorCode::kInvalidArgument, "--batch-norm on needs two rows to train on");
  }
  WATTLE_ASSIGN_OR_RETURN(
      const Arithmetic arithmetic,
      backend.start(options.device, useful_threads(options, architecture.operations)));
  narrate(options, data, architecture, arithmetic, surroundings.voice);
  const Learnable learnable(data);
  const Lesson lesson = lesson_of(options, data, architecture, learnable);
  const Weights initial =
      initial_weights(architecture, Rng(static_cast<std::uint64_t>(options.data.seed)));
  WATTLE_ASSIGN_OR_RETURN(const auto learner, backend.learn(lesson, initial));
  if (options.estimate_only) {
    const Plan plan{options, learnable.train_labels.size(), data.parts.has_validation()};
    const Effort prepared{surroundings.clock.boot_now() - start + loaded, surroundings.cpu_time()};
    WATTLE_ASSIGN_OR_RETURN(const std::string json,
                            forecast(plan, surroundings, prepared, arithmetic.threads, *learner));
    surroundings.voice.result(json);
    return 0;
  }
  WATTLE_RETURN_IF_ERROR(training::make_output_folders(options.output, surroundings.files));
  WATTLE_ASSIGN_OR_RETURN(Interruption interruption, Interruption::create());
  return Run(options, surroundings, data, architecture, arithmetic)
      .train(backend, *learner, interruption);
}

}  // namespace wattle::networks
