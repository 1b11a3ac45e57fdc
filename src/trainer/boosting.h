// The rounds of a training: grow, measure, checkpoint, stop early or when told to.
//
// Units:    rounds; losses as in booster.h. Threads: one, XGBoost's own beside it.
// Errors:   XGBoost's, the checkpoint folder's, the metrics file's.
// Lifetime: Boosting borrows data, options and surroundings.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "booster.h"
#include "options.h"

#include "wattle/base/result.h"
#include "wattle/training/keeper.h"
#include "wattle/training/prepare.h"

namespace wattle::trainer {

/// Rounds of the best model: those up to the first least validation loss, all without validation.
int best_rounds(const std::vector<Losses>& history, bool has_validation);
/// True when the last `patience` rounds brought no better validation loss. 0 never stops.
bool is_past_best(const std::vector<Losses>& history, std::int64_t patience);

/// Threads that pay: every granted core for a large table, fewer for a small one, whose threads
/// would wait for each other more than they work.
int useful_threads(const BoostOptions& options, std::int64_t granted_cores, std::size_t cells);

BoosterSettings booster_settings(const TreesOptions& options, const training::PreparedData& data,
                                 int threads);

/// What makes a training the same training, as "name=value" lines: data, division, parameters.
std::string fingerprint(const TreesOptions& options, const training::PreparedData& data);

/// What a checkpoint of trees holds beside training::Checkpoint.
struct SavedState {
  std::vector<Losses> history;  // one per finished round
  std::string booster;          // Booster::state()
};
std::string encode_state(const std::vector<Losses>& history, std::string_view booster);
Result<SavedState> decode_state(std::string_view bytes);

/// Training and validation rows in XGBoost's memory.
struct Datasets {
  Dataset train;
  std::optional<Dataset> validation;

  static Result<Datasets> create(const training::PreparedData& data, int threads);
  const Dataset* validation_or_null() const { return validation ? &*validation : nullptr; }
};

/// The booster with its history; where it begins when there is nothing to resume.
struct Progress {
  Booster booster;
  std::vector<Losses> history;
};

struct RoundHooks {
  std::function<Status(int round, const Losses& losses)> after_round;
  std::function<Status(const Progress& progress)> checkpoint;  // empty: none are kept
  std::function<training::Keeper::Due()> due;
};

/// Boosts until the last round, the early stop or a signal, which it returns. After a signal, or
/// when one is asked for, the round at hand is finished and a checkpoint written.
Result<std::optional<int>> boost(const TreesOptions& options, bool has_validation,
                                 const RoundHooks& hooks, Progress& progress);

}  // namespace wattle::trainer
