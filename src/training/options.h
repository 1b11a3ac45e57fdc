// What every training is told: the table, how its rows are divided, where the results go.
//
// Units:    fractions of 1. Errors: none here; settings.h checks every range.
// Threads:  value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wattle::training {

enum class Task { kAuto, kClassification, kRegression };

/// "classification" or "regression"; kAuto is not told.
std::string_view to_string(Task task);

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
  std::size_t one_hot_limit = 32;  // categories that become a 0/1 feature each; see encoding.h
};

struct OutputOptions {
  std::string model;                // the description gets its name with the ending .json
  std::string metrics;              // "": none
  bool metrics_are_shared = false;  // the environment named the file: others may have written to it
  std::string predictions;          // "": none
  std::string checkpoints;          // "": none
};

}  // namespace wattle::training
