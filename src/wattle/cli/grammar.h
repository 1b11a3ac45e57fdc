// The commands and flags that there are, as the parser is told them. Private to the command line:
// only the *_grammar.cpp and command_line.cpp know CLI11.
//
// Units:    none. Errors: the parser's exceptions, which command_line.cpp catches.
// Threads:  one thread. Lifetime: a Parsed outlives the parse.
#pragma once

#include <CLI/CLI.hpp>

#include "wattle/cli/command_line.h"

namespace wattle::cli {

/// Everything that a parse fills; `chosen` is the command that was typed.
struct Parsed {
  CommandLine chosen;
  MeasureOptions measure;
  AwaitOptions await;
  RunOptions run;
  PsOptions ps;
  ShowOptions show;
  LogsOptions logs;
  CompareOptions compare;
  StopOptions stop;
  PauseOptions pause;
  ResumeOptions resume;
  RetryOptions retry;
  UpOptions up;
  EnergyOptions energy;
  ModelsListOptions models_list;
  ModelsShowOptions models_show;
  ModelsRegisterOptions models_register;
  ModelsAliasOptions models_alias;
  ModelsDecideOptions models_approve;
  ModelsDecideOptions models_reject{.approve = false, .model = {}, .reason = {}, .project = {}};
  ModelsGetOptions models_get;
  GcOptions gc;
  BackupVerbOptions backup;
  RestoreVerbOptions restore;
  DoctorOptions doctor;
  ValidateOptions validate;
  VersionOptions version;
};

struct CommandWords {
  const char* name;
  const char* what;
};

/// A command whose options, when it was typed, become `parsed.chosen`.
template <typename Options>
CLI::App* command(CLI::App& app, CommandWords words, Parsed& parsed, const Options& options) {
  auto* sub = app.add_subcommand(words.name, words.what);
  sub->fallthrough(false);
  sub->callback([&parsed, &options] { parsed.chosen = options; });
  return sub;
}

inline void add_json(CLI::App* app, bool& json) {
  app->add_flag("--json", json, "JSON on standard output");
}

/// measure, await-process, run, ps, show, logs, compare, stop, pause, resume, retry, up
void describe_runs(CLI::App& app, Parsed& parsed);
/// models and its verbs
void describe_models(CLI::App& app, Parsed& parsed);
/// energy, gc, backup, restore, doctor, validate, version
void describe_home(CLI::App& app, Parsed& parsed);

}  // namespace wattle::cli
