// The command line of `wattle-train`: flags over environment over defaults.
//
// Units:    as options.h. Threads: pure functions. Lifetime: value types.
// Errors:   kInvalidArgument with the flag and what it takes; an unknown flag names the nearest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "options.h"

#include "wattle/base/result.h"
#include "wattle/training/settings.h"
#include "wattle/training/surroundings.h"

namespace wattle::trainer {

/// The parameters of trees; the division of the rows is training's.
std::vector<training::Setting> settings_of(TreesOptions& options);

/// All hyperparameters, files and cores that the environment names.
Status apply_environment(const training::Environment& environment, TreesOptions& options);

struct CommandLine {
  std::optional<std::string> text;  // --help or --version: print this and stop
  TreesOptions trees;
};

/// `arguments` without the program's name; `options` holds defaults and environment.
Result<CommandLine> parse_command_line(std::vector<std::string> arguments, TreesOptions options);

}  // namespace wattle::trainer
