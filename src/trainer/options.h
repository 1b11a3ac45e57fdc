// What the user asked of the trainer: the options of `wattle-train trees`, with their defaults.
//
// Units:    fractions of 1; rounds are boosting rounds. Threads: value types. Lifetime: value
// types. Errors:   none here; command_line.h checks every range below.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wattle::trainer {

enum class Task { kAuto, kClassification, kRegression };

/// The table, and how its rows are divided. The division depends on the seed alone.
struct DataOptions {
  std::string path;
  std::string test_path;  // "": the test part is taken from the table
  std::string target;
  Task task = Task::kAuto;
  std::vector<std::string> ignored;
  std::vector<std::string> categorical;  // text, even where every cell is a number
  double test_fraction = 0.2;
  double validation_fraction = 0.15;  // of all rows of the table
  std::int64_t seed = 1;
};

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

struct OutputOptions {
  std::string model = "model.ubj";
  std::string metrics;              // "": none
  bool metrics_are_shared = false;  // the environment named the file: others may have written to it
  std::string predictions;          // "": none
  std::string checkpoints;          // "": none
  std::int64_t checkpoint_every = 25;
};

struct TreesOptions {
  DataOptions data;
  BoostOptions boost;
  OutputOptions output;
  std::int64_t granted_cores = 1;
  bool estimate_only = false;
};

}  // namespace wattle::trainer
