#include "run.h"

#include <optional>
#include <vector>

#include "boosting.h"
#include "forecast.h"
#include "report.h"

#include "wattle/base/hash.h"
#include "wattle/base/text.h"
#include "wattle/training/checkpoint.h"
#include "wattle/training/interruption.h"
#include "wattle/training/keeper.h"
#include "wattle/training/metrics_file.h"
#include "wattle/training/outputs.h"
#include "wattle/training/report.h"

namespace wattle::trainer {
namespace {

using training::Checkpoint;
using training::Interruption;
using training::MetricsFile;
using training::PreparedData;
using training::Surroundings;
using training::Voice;

void narrate_data(const PreparedData& data, int threads, const TreesOptions& options,
                  const Voice& voice) {
  voice.say(
      training::describe_rows(data, concat(data.encoding.width(), " features"), options.data));
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
        store_(surroundings.files, options.output.checkpoints, "trees") {}

  Result<int> train(const Datasets& datasets, Interruption& interruption) {
    keeper_.emplace(around_.files, around_.clock,
                    training::checkpoint_contract(around_.environment), interruption);
    WATTLE_ASSIGN_OR_RETURN(Progress progress, begin(datasets));
    WATTLE_ASSIGN_OR_RETURN(MetricsFile metrics, open_metrics(progress));
    RoundHooks hooks;
    hooks.after_round = [&](int round, const Losses& losses) {
      return metrics.append(
          round_line(losses, round, options_.boost.rounds, data_.has_validation()));
    };
    hooks.due = [&] { return keeper_->due(); };
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
    return keeper_->save(store_,
                         {training_, threads_, static_cast<std::int64_t>(progress.history.size()),
                          encode_state(progress.history, state)});
  }

  /// From the newest checkpoint, else from nothing.
  Result<Progress> begin(const Datasets& datasets) {
    if (has_checkpoints()) {
      WATTLE_RETURN_IF_ERROR(store_.prepare());
      WATTLE_ASSIGN_OR_RETURN(auto found, keeper_->load(store_, training_));
      for (const auto& note : found.notes) {
        around_.voice.say(note);
      }
      if (found.checkpoint) {
        return resume(*found.checkpoint, datasets);
      }
    }
    WATTLE_ASSIGN_OR_RETURN(Booster booster,
                            Booster::create(booster_settings(options_, data_, threads_),
                                            datasets.train, datasets.validation_or_null()));
    return Progress{std::move(booster), {}};
  }

  Result<Progress> resume(const Checkpoint& checkpoint, const Datasets& datasets) {
    WATTLE_ASSIGN_OR_RETURN(SavedState state, decode_state(checkpoint.state));
    resumed_from_ = static_cast<int>(state.history.size());
    around_.voice.say(concat("resumed after round ", resumed_from_, " of ", options_.boost.rounds));
    if (checkpoint.threads != threads_) {
      around_.voice.say(concat("the checkpoint was written with ", checkpoint.threads,
                               " threads, now there are ", threads_,
                               ": last digits may differ from an uninterrupted run"));
    }
    WATTLE_ASSIGN_OR_RETURN(
        Booster booster,
        Booster::restore(state.booster, threads_, datasets.train, datasets.validation_or_null()));
    return Progress{std::move(booster), std::move(state.history)};
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
                             progress.history.size(), " rounds; ",
                             training::headline({data_, finished.test_predictions})));
    around_.voice.result(summary(finished));
    return {};
  }

  /// Model and description belong together: if the second cannot be written, the first goes too.
  Status write_results(const Finished& finished, const std::string& model) {
    FileSystem& files = around_.files;
    const std::string& path = options_.output.model;
    WATTLE_RETURN_IF_ERROR(files.write_atomic(path, model));
    if (auto written =
            files.write_atomic(training::with_ending(path, ".json"), describe_model(finished));
        !written.ok()) {
      WATTLE_RETURN_IF_ERROR(files.remove_all(path));
      return written;
    }
    return options_.output.predictions.empty()
               ? Status()
               : files.write_atomic(options_.output.predictions,
                                    training::predictions_csv({data_, finished.test_predictions}));
  }

  const TreesOptions& options_;
  const Surroundings& around_;
  const PreparedData& data_;
  const int threads_;
  const std::string training_;
  training::CheckpointStore store_;
  std::optional<training::Keeper> keeper_;
  int resumed_from_ = 0;
};

}  // namespace

Result<int> run_trees(const TreesOptions& options, const Surroundings& surroundings) {
  const auto start = surroundings.clock.boot_now();
  if (!options.estimate_only) {
    WATTLE_RETURN_IF_ERROR(training::check_outputs(options.output, ".ubj"));
  }
  WATTLE_ASSIGN_OR_RETURN(PreparedData data, training::prepare(surroundings.files, options.data));
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
  WATTLE_RETURN_IF_ERROR(training::make_output_folders(options.output, surroundings.files));
  WATTLE_ASSIGN_OR_RETURN(Interruption interruption, Interruption::create());
  WATTLE_ASSIGN_OR_RETURN(const Datasets datasets, Datasets::create(data, threads));
  // XGBoost has its own copy: a large table is not held twice while it is learnt.
  data.train.features = {};
  data.validation.features = {};
  return Run(options, surroundings, data, threads).train(datasets, interruption);
}

}  // namespace wattle::trainer
