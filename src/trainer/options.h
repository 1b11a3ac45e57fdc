// What the user asked of `wattle-train trees`, with its defaults.
//
// Units:    fractions of 1; rounds are boosting rounds. Threads: value types.
// Errors:   none here; command_line.h checks every range. Lifetime: value types.
#pragma once

#include <cstdint>

#include "wattle/training/options.h"

namespace wattle::trainer {

struct BoostOptions {
  std::int64_t rounds = 300;
  double learning_rate = 0.1;
  std::int64_t max_depth = 6;
  double subsample = 0.8;
  double column_sample = 0.8;  // of the features, drawn anew for every tree
  double min_child_weight = 1;
  double lambda = 1;                 // L2 penalty on leaf values
  std::int64_t early_stopping = 20;  // rounds without a better validation loss; 0: never
  std::int64_t threads = 0;          // 0: the granted cores, or fewer for a small table
};

struct TreesOptions {
  training::DataOptions data;
  BoostOptions boost;
  training::OutputOptions output{.model = "model.ubj"};
  std::int64_t checkpoint_every = 25;  // rounds
  std::int64_t granted_cores = 1;
  bool estimate_only = false;
};

}  // namespace wattle::trainer
