// The flags of a program's commands: texts, lists, switches and the settings of settings.h.
//
// Units:    none. Threads: pure functions. Lifetime: tables point into the options that they fill.
// Errors:   kInvalidArgument with the flag and what it takes; an unknown flag names the nearest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"
#include "settings.h"

#include "wattle/base/result.h"

namespace wattle::training {

struct TextFlag {
  std::string_view flag;
  std::string_view type;  // "FILE"
  std::string_view help;
  std::string* value;
};

/// May be given several times.
struct ListFlag {
  std::string_view flag;
  std::string_view type;
  std::string_view help;
  std::vector<std::string>* values;
};

/// One command: "trees" of `wattle-train trees`.
struct CommandFlags {
  std::string_view name;
  std::string about;
  std::string footer;
  std::vector<TextFlag> texts;
  std::vector<ListFlag> lists;
  std::vector<Setting> settings;
  bool* estimate_only;  // --estimate
};

/// Adds what every training has: --data, --test, --target, --ignore, --categorical, --task,
/// --metrics, --predictions, --checkpoint, and the division of the rows.
void add_common_flags(CommandFlags& flags, DataOptions& data, OutputOptions& output);

struct ProgramFlags {
  std::string_view program;  // "wattle-train"
  std::string_view about;
  std::string version;
  std::vector<CommandFlags> commands;
};

struct ParsedFlags {
  std::optional<std::string> text;  // --help or --version: print this and stop
  std::string command;
  bool has_metrics = false;  // --metrics was given
};

/// `arguments` without the program's name. What the flags say is stored through the tables.
Result<ParsedFlags> parse_flags(const ProgramFlags& program, std::vector<std::string> arguments);

}  // namespace wattle::training
