// The named settings of a training with their ranges: one table for flags, environment and help.
//
// Units:    as options.h. Threads: pure functions. Lifetime: a Setting points into its options.
// Errors:   kInvalidArgument naming the flag or variable, the value and the range.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "options.h"
#include "surroundings.h"

#include "wattle/base/result.h"

namespace wattle::trainer {

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

/// A flag whose default may come from the environment: WATTLE_PARAM_<NAME>, else SM_HP_<NAME>, in
/// capitals with underscores or as written.
struct Setting {
  std::string_view flag;  // "learning-rate"
  std::variant<WholeNumber, RealNumber> number;
  std::string_view help;
};

std::vector<Setting> settings_of(TreesOptions& options);

/// "0.1", as set now.
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

/// Files and cores that a container or Wattle's executor names, and all hyperparameters.
Status apply_environment(const Environment& environment, TreesOptions& options);

Result<Task> parse_task(std::string_view text, std::string_view source);

}  // namespace wattle::trainer
