// What a training says and leaves behind: metric lines, the summary, model.json, predictions.
//
// Units:    in the JSON keys. Threads: pure functions. Lifetime: value types.
// Errors:   none; writing is the caller's.
#pragma once

#include <string>
#include <vector>

#include "boosting.h"
#include "options.h"

#include "wattle/training/prepare.h"

namespace wattle::trainer {

/// {"step":1,"progress":0.05,"train_loss":1.9,"validation_loss":2.0}
std::string round_line(const Losses& losses, int round, std::int64_t rounds, bool has_validation);

/// The finished training.
struct Finished {
  const TreesOptions& options;
  const training::PreparedData& data;
  const std::vector<Losses>& history;
  int best_rounds = 0;
  int threads = 1;
  int resumed_from = 0;                 // 0: not resumed
  std::vector<float> test_predictions;  // probabilities per row and class, or numbers
  std::string model_sha256;
};

/// Metrics of the test part as one more line of the metrics file.
std::string final_line(const Finished& finished);
/// One JSON object: metrics, rounds, where the model is.
std::string summary(const Finished& finished);
/// model.json: all that is needed to use the model on a row of the same columns.
std::string describe_model(const Finished& finished);

/// Two numbers per row out of XGBoost's one for a binary target; other predictions as they are.
std::vector<float> spread_binary(const training::PreparedData& data,
                                 std::vector<float> predictions);

}  // namespace wattle::trainer
