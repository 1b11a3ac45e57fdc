// The named settings of a training with their ranges: one table for flags, environment and help.
//
// Units:    as the options that a setting stands for. Threads: pure functions.
// Lifetime: a Setting points into the options that it was made for.
// Errors:   kInvalidArgument naming the flag or variable, the value and what it takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "options.h"
#include "surroundings.h"

#include "wattle/base/result.h"

namespace wattle::training {

struct WholeNumber {
  std::int64_t* value;
  std::int64_t least;
  std::int64_t most;
};

struct RealNumber {
  double* value;
  double least;
  double most;
  bool excludes_least = false;
};

/// One of a few words. An option keeps the position of its word, which is the value of its enum.
struct Choice {
  std::vector<std::string_view> words;
  int position;
  void (*store)(void* option, int position);
  void* option;
};

/// A choice whose words are in the order of the enumerators.
template <typename Enum>
Choice choice(Enum& option, std::vector<std::string_view> words) {
  const auto store = [](void* into, int position) {
    *static_cast<Enum*>(into) = static_cast<Enum>(position);
  };
  return {std::move(words), static_cast<int>(option), store, &option};
}

/// Sizes in a row, "128,64".
struct Sizes {
  std::vector<std::int64_t>* values;
  std::int64_t most;  // each is at least 1
  std::size_t most_values;
};

/// A flag whose default may come from the environment: WATTLE_PARAM_<NAME>, else SM_HP_<NAME>, in
/// capitals with underscores or as written.
struct Setting {
  std::string_view flag;  // "learning-rate"
  std::variant<WholeNumber, RealNumber, Choice, Sizes> value;
  std::string_view help;
};

/// The task and how the rows are divided: --task, --test-fraction, --validation-fraction, --seed.
std::vector<Setting> data_settings(DataOptions& data);

/// "0.1", as set when the setting was made.
std::string value_of(const Setting& setting);
/// "0 < value <= 1".
std::string range_of(const Setting& setting);
/// Reads and stores a value; `source` is how the user knows it: "--rounds", "SM_HP_ROUNDS".
Status assign(const Setting& setting, std::string_view text, std::string_view source);

/// The first of WATTLE_PARAM_<NAME> and SM_HP_<NAME> that is set, for a flag's name.
struct FromEnvironment {
  std::string variable;
  std::string value;
};
std::optional<FromEnvironment> hyperparameter(const Environment& environment,
                                              std::string_view flag);

/// What every training takes from its environment.
struct CommonOptions {
  DataOptions& data;
  OutputOptions& output;
  std::int64_t& granted_cores;
};

/// Files and cores that a container or Wattle's executor names, and all hyperparameters. The model
/// keeps its file's name and moves to the folder that is named.
Status apply_environment(const Environment& environment, CommonOptions options,
                         const std::vector<Setting>& settings);

/// Whether the division leaves rows to train on, and a file is named.
Status check_data_options(const DataOptions& data);

}  // namespace wattle::training
