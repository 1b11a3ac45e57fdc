// The epochs of a training: step, measure, keep the best, save, stop early or when told to.
//
// Units:    steps and epochs; losses as in learner.h. Threads: one, the library's beside it.
// Errors:   the learner's, the hooks'; kInternal when the loss is no number any more.
// Lifetime: borrows its arguments.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "learner.h"
#include "options.h"

#include "wattle/base/result.h"
#include "wattle/training/keeper.h"

namespace wattle::networks {

struct Epoch {
  double train_loss = 0;
  double validation_loss = 0;      // 0 without a validation part
  double validation_accuracy = 0;  // classification
  double learning_rate = 0;        // of its last step

  friend bool operator==(const Epoch&, const Epoch&) = default;
};

/// How far a training is, beside what its learner knows.
struct Progress {
  std::int64_t step = 0;
  std::vector<Epoch> history;
  std::string best;  // weights of the best epoch so far (encode_weights); "": none yet

  friend bool operator==(const Progress&, const Progress&) = default;
};

/// The first epoch with the least validation loss, counted from 1; the last one without validation.
std::size_t best_epoch(const std::vector<Epoch>& history, bool has_validation);
/// True when the last `patience` epochs brought no better validation loss. 0 never stops.
bool is_past_best(const std::vector<Epoch>& history, std::int64_t patience);

/// For a checkpoint, with the learner's state and the arithmetic that it was made by.
struct SavedTraining {
  Progress progress;
  std::string arithmetic;
  std::string learner;
};
std::string encode(const SavedTraining& saved);
Result<SavedTraining> decode(std::string_view bytes);

struct Hooks {
  std::function<Status(const std::vector<Epoch>& history)> after_epoch;
  std::function<Status(const Progress& progress)> save;  // empty: nothing is kept
  std::function<training::Keeper::Due()> due;
  std::function<bool(std::int64_t step)> is_time_to_save;
};

/// The training as numbers.
struct Plan {
  const NetworkOptions& options;
  std::size_t train_rows = 0;
  bool has_validation = false;

  std::int64_t epoch_steps() const;
};

/// Learns until the last epoch, the early stop or a signal, which it returns. After a signal, or
/// when one is asked for, the step at hand is finished and a checkpoint saved.
Result<std::optional<int>> learn(const Plan& plan, const Hooks& hooks, Learner& learner,
                                 Progress& progress);

}  // namespace wattle::networks
