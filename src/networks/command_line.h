// The command line of networks: `mlp` and `cnn`, flags over environment over defaults.
//
// Units:    as options.h. Threads: pure functions. Lifetime: value types; a Setting points into its
// options. Errors:   kInvalidArgument with the flag and what it takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "options.h"

#include "wattle/base/result.h"
#include "wattle/training/settings.h"
#include "wattle/training/surroundings.h"

namespace wattle::networks {

/// Everything that changes what is learnt, in one table.
std::vector<training::Setting> settings_of(NetworkOptions& options);

struct CommandLine {
  std::optional<std::string> text;  // --help or --version: print this and stop
  NetworkOptions options;
};

/// `arguments` without the program's name; `version` is what --version says.
Result<CommandLine> parse_command_line(std::vector<std::string> arguments,
                                       const training::Environment& environment,
                                       std::int64_t granted_cores, const std::string& version);

}  // namespace wattle::networks
