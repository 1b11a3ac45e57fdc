// What the user typed: one options struct for each command. Only command_line.cpp knows the parser.
//
// Units:    as in the names. Errors: kInvalidArgument with one line that names the nearest command
// or flag. Threads:  pure function. Lifetime: value types. See:      docs/reference/cli.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::cli {

struct MeasureOptions {
  std::vector<std::string> command;
  std::optional<std::string> zone;
  std::optional<std::string> name;
  std::optional<std::string> receipt_file;
  bool json = false;
};

struct RunOptions {
  std::string file = "wattle.yaml";
  std::vector<std::string> command;  // instead of a file
  std::vector<std::string> overrides;
  std::optional<std::string> zone;
  std::optional<std::string> name;
  bool dry_run = false;
  bool detach = false;
  bool json = false;
  bool quiet = false;
};

struct PsOptions {
  bool all = false;
  bool json = false;
  bool quiet = false;
};

struct ShowOptions {
  std::string id = "last";
  bool json = false;
};

struct LogsOptions {
  std::string id = "last";
  bool follow = false;
  bool timestamps = false;
  std::optional<std::string> stream;  // "stdout", "stderr"
};

struct StopOptions {
  std::string id;
};

struct EnergyOptions {
  std::string since = "30d";
  bool json = false;
};

struct DoctorOptions {
  std::optional<std::string> fix;
  bool calibrate = false;
  bool json = false;
};

struct ValidateOptions {
  std::string file = "wattle.yaml";
  std::vector<std::string> overrides;
  bool schema = false;
  bool json = false;
};

struct VersionOptions {
  bool json = false;
};

/// Help was asked for; print it and succeed.
struct HelpText {
  std::string text;
};

using CommandLine =
    std::variant<HelpText, MeasureOptions, RunOptions, PsOptions, ShowOptions, LogsOptions,
                 StopOptions, EnergyOptions, DoctorOptions, ValidateOptions, VersionOptions>;

/// `words` without the program's name.
Result<CommandLine> parse_command_line(std::span<const std::string> words);

}  // namespace wattle::cli
