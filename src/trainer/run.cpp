#include "run.h"

#include <cerrno>
#include <filesystem>
#include <vector>

#include "boosting.h"
#include "checkpoint.h"
#include "forecast.h"
#include "format.h"
#include "interruption.h"
#include "metrics_file.h"
#include "prepare.h"
#include "report.h"
#include <unistd.h>

#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::trainer {
namespace {

std::string description_path(const std::string& model) {
  return std::filesystem::path(model).replace_extension(".json").string();
}

std::filesystem::path folder_of(const std::string& path) {
  return std::filesystem::path(absolute_path(path)).parent_path();
}

/// Finds out before the work, not after it, that a result could not be written. Makes nothing: the
/// nearest folder that exists is asked.
Status check_writable(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return Error(ErrorCode::kInvalidArgument, path + " is a folder; name a file to write");
  }
  auto folder = folder_of(path);
  while (!std::filesystem::exists(folder) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  if (!std::filesystem::is_directory(folder)) {
    return error_from_errno(ENOTDIR, concat("writing ", path, " below ", folder.string()));
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return error_from_errno(errno, "writing into " + folder.string());
  }
  return {};
}

std::vector<std::string> output_files(const OutputOptions& output) {
  std::vector<std::string> paths{output.model, description_path(output.model), output.predictions,
                                 output.metrics};
  std::erase(paths, "");
  return paths;
}

Status check_outputs(const OutputOptions& output) {
  if (description_path(output.model) == output.model) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("--model-out ", output.model,
                        ": the model's description gets the ending .json; choose .ubj"));
  }
  for (const auto& path : output_files(output)) {
    WATTLE_RETURN_IF_ERROR(check_writable(path));
  }
  return output.checkpoints.empty() ? Status()
                                    : check_writable(path_join(output.checkpoints, "checkpoint"));
}

Status make_output_folders(const OutputOptions& output, FileSystem& files) {
  for (const auto& path : output_files(output)) {
    WATTLE_RETURN_IF_ERROR(files.make_directories(folder_of(path).string()));
  }
  return {};
}

void narrate_data(const PreparedData& data, int threads, const TreesOptions& options,
                  const Voice& voice) {
  const std::size_t rows =
      data.train.labels.size() + data.validation.labels.size() + data.test.labels.size();
  const std::string kind = data.task == Task::kRegression
                               ? "regression"
                               : concat("classification into ", data.classes.size(), " classes");
  voice.say(concat("read ", with_commas(rows), " rows with ", data.encoding.width(),
                   " features: ", kind, " of '", options.data.target, "'"));
  voice.say(concat("rows: ", with_commas(data.train.labels.size()), " to train, ",
                   with_commas(data.validation.labels.size()), " to validate, ",
                   with_commas(data.test.labels.size()), " to test (seed ", options.data.seed,
                   ")"));
  const bool held_back = options.boost.threads == 0 && threads < options.granted_cores;
  voice.say(concat("threads: ", threads,
                   held_back ? concat(" of ", options.granted_cores,
                                      " granted, more would not pay for a table of this size")
                             : std::string()));
}

/// One training from its data on.
class Run {
 public:
  Run(const TreesOptions& options, const Surroundings& surroundings, const PreparedData& data,
      int threads)
      : options_(options),
        around_(surroundings),
        data_(data),
        threads_(threads),
        training_(fingerprint(options, data)),
        store_(surroundings.files, options.output.checkpoints) {}

  Result<int> train(const Datasets& datasets, Interruption interruption) {
    WATTLE_ASSIGN_OR_RETURN(Progress progress, begin(datasets));
    WATTLE_ASSIGN_OR_RETURN(MetricsFile metrics, open_metrics(progress));
    RoundHooks hooks;
    hooks.after_round = [&](int round, const Losses& losses) {
      return metrics.append(
          round_line(losses, round, options_.boost.rounds, data_.has_validation()));
    };
    hooks.signal = [&] { return interruption.pending(); };
    if (has_checkpoints()) {
      hooks.checkpoint = [&](const Progress& at) { return save(at); };
    }
    WATTLE_ASSIGN_OR_RETURN(const auto signal,
                            boost(options_, data_.has_validation(), hooks, progress));
    if (signal) {
      return interrupted(*signal, progress);
    }
    WATTLE_RETURN_IF_ERROR(finish(progress, metrics));
    return 0;
  }

 private:
  bool has_checkpoints() const { return !options_.output.checkpoints.empty(); }

  Status save(const Progress& progress) {
    WATTLE_ASSIGN_OR_RETURN(std::string state, progress.booster.state());
    return store_.save({training_, threads_, progress.history, std::move(state)});
  }

  /// From the newest checkpoint, else from nothing.
  Result<Progress> begin(const Datasets& datasets) {
    if (has_checkpoints()) {
      WATTLE_RETURN_IF_ERROR(store_.prepare());
      WATTLE_ASSIGN_OR_RETURN(auto found, store_.load(training_));
      for (const auto& note : found.notes) {
        around_.voice.say(note);
      }
      if (found.checkpoint) {
        return resume(std::move(*found.checkpoint), datasets);
      }
    }
    WATTLE_ASSIGN_OR_RETURN(Booster booster,
                            Booster::create(booster_settings(options_, data_, threads_),
                                            datasets.train, datasets.validation_or_null()));
    return Progress{std::move(booster), {}};
  }

  Result<Progress> resume(Checkpoint checkpoint, const Datasets& datasets) {
    resumed_from_ = checkpoint.rounds();
    around_.voice.say(concat("resumed after round ", resumed_from_, " of ", options_.boost.rounds));
    if (checkpoint.threads != threads_) {
      around_.voice.say(concat("the checkpoint was written with ", checkpoint.threads,
                               " threads, now there are ", threads_,
                               ": last digits may differ from an uninterrupted run"));
    }
    WATTLE_ASSIGN_OR_RETURN(Booster booster,
                            Booster::restore(checkpoint.booster, threads_, datasets.train,
                                             datasets.validation_or_null()));
    return Progress{std::move(booster), std::move(checkpoint.history)};
  }

  Result<MetricsFile> open_metrics(const Progress& progress) {
    std::string done;
    for (std::size_t i = 0; i < progress.history.size(); ++i) {
      done += round_line(progress.history[i], static_cast<int>(i), options_.boost.rounds,
                         data_.has_validation()) +
              "\n";
    }
    return MetricsFile::open(around_.files, {options_.output.metrics,
                                             options_.output.metrics_are_shared, std::move(done)});
  }

  int interrupted(int signal, const Progress& progress) {
    around_.voice.say(
        concat("interrupted by signal ", signal, " after round ", progress.history.size(),
               has_checkpoints() ? "; a checkpoint is written, the same command resumes"
                                 : "; without --checkpoint nothing is kept"));
    return 128 + signal;
  }

  Status finish(const Progress& progress, MetricsFile& metrics) {
    Finished finished{options_,
                      data_,
                      progress.history,
                      best_rounds(progress.history, data_.has_validation()),
                      threads_,
                      resumed_from_,
                      {},
                      {}};
    if (!data_.test.labels.empty()) {
      WATTLE_ASSIGN_OR_RETURN(const Dataset test,
                              Dataset::create(data_.test.features, data_.test.labels, threads_));
      WATTLE_ASSIGN_OR_RETURN(auto predictions,
                              progress.booster.predict(test, finished.best_rounds));
      finished.test_predictions = spread_binary(data_, std::move(predictions));
    }
    WATTLE_ASSIGN_OR_RETURN(
        const std::string model,
        progress.booster.model(finished.best_rounds, data_.encoding.feature_names()));
    finished.model_sha256 = sha256_hex(model);
    WATTLE_RETURN_IF_ERROR(write_results(finished, model));
    WATTLE_RETURN_IF_ERROR(metrics.append(final_line(finished)));
    around_.voice.say(concat("kept the first ", finished.best_rounds, " of ",
                             progress.history.size(), " rounds; ", headline(finished)));
    around_.voice.result(summary(finished));
    return {};
  }

  /// Model and description belong together: if the second cannot be written, the first goes too.
  Status write_results(const Finished& finished, const std::string& model) {
    FileSystem& files = around_.files;
    const std::string& path = options_.output.model;
    WATTLE_RETURN_IF_ERROR(files.write_atomic(path, model));
    if (auto written = files.write_atomic(description_path(path), describe_model(finished));
        !written.ok()) {
      WATTLE_RETURN_IF_ERROR(files.remove_all(path));
      return written;
    }
    return options_.output.predictions.empty()
               ? Status()
               : files.write_atomic(options_.output.predictions, predictions_csv(finished));
  }

  const TreesOptions& options_;
  const Surroundings& around_;
  const PreparedData& data_;
  const int threads_;
  const std::string training_;
  CheckpointStore store_;
  int resumed_from_ = 0;
};

}  // namespace

Result<int> run_trees(const TreesOptions& options, const Surroundings& surroundings) {
  const auto start = surroundings.clock.boot_now();
  if (!options.estimate_only) {
    WATTLE_RETURN_IF_ERROR(check_outputs(options.output));
  }
  WATTLE_ASSIGN_OR_RETURN(PreparedData data, prepare(surroundings.files, options.data));
  const int threads =
      useful_threads(options.boost, options.granted_cores, data.train.features.values.size());
  narrate_data(data, threads, options, surroundings.voice);
  if (!data.has_validation() && options.boost.early_stopping > 0) {
    surroundings.voice.say("no validation rows, so no early stopping: all rounds are kept");
  }
  if (options.estimate_only) {
    WATTLE_ASSIGN_OR_RETURN(const Datasets datasets, Datasets::create(data, threads));
    const Effort prepared{surroundings.clock.boot_now() - start, surroundings.cpu_time()};
    WATTLE_ASSIGN_OR_RETURN(
        Booster booster, Booster::create(booster_settings(options, data, threads), datasets.train,
                                         datasets.validation_or_null()));
    WATTLE_ASSIGN_OR_RETURN(const std::string json,
                            forecast(options, surroundings, prepared, threads, std::move(booster)));
    surroundings.voice.result(json);
    return 0;
  }
  WATTLE_RETURN_IF_ERROR(make_output_folders(options.output, surroundings.files));
  // Before XGBoost starts threads: they inherit the blocked signals.
  WATTLE_ASSIGN_OR_RETURN(Interruption interruption, Interruption::create());
  WATTLE_ASSIGN_OR_RETURN(const Datasets datasets, Datasets::create(data, threads));
  // XGBoost has its own copy: a large table is not held twice while it is learnt.
  data.train.features = {};
  data.validation.features = {};
  return Run(options, surroundings, data, threads).train(datasets, std::move(interruption));
}

}  // namespace wattle::trainer
