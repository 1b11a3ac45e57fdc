// What the user typed: one options struct for each command. Only
// command_line.cpp and the *_grammar.cpp know the parser.
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
#include "wattle/cli/home_options.h"
#include "wattle/cli/registry_options.h"

namespace wattle::cli {

struct MeasureOptions {
  std::vector<std::string> command;
  std::optional<std::int32_t> pid;  // instead of a command
  bool until_input_ends = false;
  std::optional<std::string> zone;
  std::optional<std::string> name;
  std::optional<std::string> receipt_file;
  bool json = false;
};

/// What `wattle measure --pid` has its supervisor execute.
struct AwaitOptions {
  std::string process;  // PID:START
  bool until_input_ends = false;
};

/// How a run is put into the queue.
struct QueueOptions {
  std::optional<std::string> project;
  std::optional<std::string> experiment;
  std::optional<std::int64_t> priority;
  std::vector<std::string> after;
  std::string idempotency_key;
};

struct RunOptions {
  std::string file = "wattle.yaml";
  std::vector<std::string> command;  // instead of a file
  std::vector<std::string> overrides;
  std::optional<std::string> zone;
  std::optional<std::string> name;
  QueueOptions queue;
  bool dry_run = false;
  bool detach = false;
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
  bool now = false;  // SIGKILL, without grace
};

struct PauseOptions {
  std::string id;
};

struct ResumeOptions {
  std::string id;
  bool detach = false;
};

struct RetryOptions {
  std::string id = "last";
  bool detach = false;
};

/// `wattle up`: the server itself.
struct UpOptions {
  bool background = false;  // started by a command: says when it is up, ends when it is idle
  std::optional<double> idle_seconds;
  std::vector<std::string> listen;  // ADDRESS:PORT, each
  std::string certificate;          // PEM files
  std::string key;
  std::vector<std::string> names;  // by which clients know the server
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
    std::variant<HelpText, MeasureOptions, AwaitOptions, RunOptions, PsOptions, ShowOptions,
                 LogsOptions, CompareOptions, StopOptions, PauseOptions, ResumeOptions,
                 RetryOptions, UpOptions, EnergyOptions, ModelsListOptions, ModelsShowOptions,
                 ModelsRegisterOptions, ModelsAliasOptions, ModelsDecideOptions, ModelsGetOptions,
                 GcOptions, BackupVerbOptions, RestoreVerbOptions, DoctorOptions, ValidateOptions,
                 VersionOptions>;

/// `words` without the program's name.
Result<CommandLine> parse_command_line(std::span<const std::string> words);

}  // namespace wattle::cli
