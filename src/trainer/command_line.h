// The command line of `wattle-train`: flags over environment over defaults.
//
// Units:    as options.h. Threads: pure functions. Lifetime: value types.
// Errors:   kInvalidArgument with the flag and what it takes; an unknown flag names the nearest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "options.h"
#include "settings.h"

#include "wattle/base/result.h"

namespace wattle::trainer {

struct CommandLine {
  std::optional<std::string> text;  // --help or --version: print this and stop
  TreesOptions trees;
};

/// `arguments` without the program's name; `options` holds defaults and environment.
Result<CommandLine> parse_command_line(std::vector<std::string> arguments, TreesOptions options);

}  // namespace wattle::trainer
