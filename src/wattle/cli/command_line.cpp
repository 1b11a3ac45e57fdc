#include "wattle/cli/command_line.h"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>

#include "wattle/base/text.h"

namespace wattle::cli {
namespace {

constexpr std::array<std::string_view, 14> kCommands{
    "measure", "run",   "ps", "show",   "logs",   "stop",     "pause",
    "resume",  "retry", "up", "energy", "doctor", "validate", "version"};

constexpr const char* kFooter =
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 6 permission, 7 unavailable, 130 "
    "interrupted.\n"
    "`wattle COMMAND --help` tells more; the files lie in WATTLE_HOME (~/.local/share/wattle).";

/// Everything that a parse fills; the command that was named decides which part is used.
struct Parsed {
  MeasureOptions measure;
  RunOptions run;
  PsOptions ps;
  ShowOptions show;
  LogsOptions logs;
  StopOptions stop;
  PauseOptions pause;
  ResumeOptions resume;
  RetryOptions retry;
  UpOptions up;
  EnergyOptions energy;
  DoctorOptions doctor;
  ValidateOptions validate;
  VersionOptions version;
};

CLI::App* command(CLI::App& app, const char* name, const char* what) {
  auto* sub = app.add_subcommand(name, what);
  sub->fallthrough(false);
  return sub;
}

void add_json(CLI::App* app, bool& json) {
  app->add_flag("--json", json, "JSON on standard output");
}

void describe_measure(CLI::App& app, MeasureOptions& options) {
  auto* sub = command(app, "measure", "Run a command and print what it used, emitted and cost");
  sub->footer(
      "wattle measure [OPTIONS] -- COMMAND…\n\n"
      "The command keeps its terminal, streams and exit code; the receipt goes to standard error.\n"
      "With --json the receipt is all of standard output, and the command's output goes to "
      "standard error.");
  sub->add_option("--zone", options.zone,
                  "Grid zone: DE, US-CAL-CISO, aws:eu-north-1 (else WATTLE_ZONE, else a guess)");
  sub->add_option("--name", options.name, "Name of the run");
  sub->add_option("--output", options.receipt_file, "Write the receipt as JSON to this file");
  add_json(sub, options.json);
}

void describe_run(CLI::App& app, RunOptions& options) {
  auto* sub =
      command(app, "run", "Run a job from wattle.yaml, or a command; follow it; print its receipt");
  sub->footer(
      "wattle run [OPTIONS] [FILE | -- COMMAND…]\n\n"
      "Ctrl-C once stops the job gracefully, twice at once. --detach leaves it running.");
  sub->add_option("file", options.file, "The job (a folder means its wattle.yaml)")
      ->capture_default_str();
  sub->add_option("--set", options.overrides, "Override a key: --set params.lr=0.1")
      ->allow_extra_args(false);
  sub->add_option("--zone", options.zone, "Grid zone, before that of the file");
  sub->add_option("--name", options.name, "Name of the run");
  sub->add_option("--project", options.queue.project, "What its energy is booked to");
  sub->add_option("--experiment", options.queue.experiment, "Experiment that it is listed under");
  sub->add_option("--priority", options.queue.priority, "-100 to 100: the higher starts first")
      ->check(CLI::Range(-100, 100));
  sub->add_option("--after", options.queue.after, "Start when this run has succeeded; repeatable")
      ->allow_extra_args(false);
  sub->add_option("--idempotency-key", options.queue.idempotency_key,
                  "The same key with the same job is the same run");
  sub->add_flag("--dry-run", options.dry_run, "Check, predict, and start nothing");
  sub->add_flag("--detach,-d", options.detach, "Print the id and return");
  sub->add_flag("--quiet,-q", options.quiet, "Only the run's id on standard output");
  add_json(sub, options.json);
}

void describe_listing(CLI::App& app, Parsed& parsed) {
  auto* ps = command(app, "ps", "Runs, newest first");
  ps->add_flag("--all,-a", parsed.ps.all, "All of them, not only the last 20");
  ps->add_flag("--quiet,-q", parsed.ps.quiet, "Only ids");
  add_json(ps, parsed.ps.json);

  auto* show = command(app, "show", "One run: its receipt, or its state while it runs");
  show->add_option("id", parsed.show.id, "The beginning of an id, or `last`")
      ->capture_default_str();
  add_json(show, parsed.show.json);

  auto* logs = command(app, "logs", "The output of a run");
  logs->add_option("id", parsed.logs.id, "The beginning of an id, or `last`")
      ->capture_default_str();
  logs->add_flag("--follow,-f", parsed.logs.follow, "Go on as it grows, until the run ends");
  logs->add_flag("--timestamps,-t", parsed.logs.timestamps, "Time and stream before each line");
  logs->add_option("--stream", parsed.logs.stream, "Only this stream")
      ->check(CLI::IsMember({"stdout", "stderr"}));
}

void describe_wishes(CLI::App& app, Parsed& parsed) {
  constexpr const char* kId = "The beginning of an id, or `last`";
  auto* stop = command(app, "stop", "Stop a run: SIGTERM, its grace time, SIGKILL");
  stop->add_option("id", parsed.stop.id, kId)->required();
  stop->add_flag("--now", parsed.stop.now, "SIGKILL at once");

  auto* pause = command(app, "pause", "Interrupt a run at a checkpoint, or freeze it");
  pause->add_option("id", parsed.pause.id, kId)->required();

  auto* resume = command(app, "resume", "Go on with a run that was paused, interrupted or stopped");
  resume->add_option("id", parsed.resume.id, kId)->required();
  resume->add_flag("--detach,-d", parsed.resume.detach, "Return at once");

  auto* retry = command(app, "retry", "Run the same job again, as a new run");
  retry->add_option("id", parsed.retry.id, kId)->capture_default_str();
  retry->add_flag("--detach,-d", parsed.retry.detach, "Print the id and return");

  auto* up = command(app, "up", "The server of this home: commands start it when they need it");
  up->add_flag("--background", parsed.up.background, "As commands start it: ends when it is idle");
  up->add_option("--idle", parsed.up.idle_seconds, "End after so many seconds with nothing to do")
      ->check(CLI::NonNegativeNumber);
}

void describe_rest(CLI::App& app, Parsed& parsed) {
  auto* energy =
      command(app, "energy", "Where the joules went: runs, idle, other programs, Wattle itself");
  energy->add_option("--since", parsed.energy.since, "A duration (24h, 30d) or a time")
      ->capture_default_str();
  add_json(energy, parsed.energy.json);

  auto* doctor =
      command(app, "doctor", "What this host is, what it can meter, and what wastes energy");
  doctor->add_option("--fix", parsed.doctor.fix, "Mend it: rapl")->check(CLI::IsMember({"rapl"}));
  doctor->add_flag("--calibrate", parsed.doctor.calibrate,
                   "Measure this host's speed, and fit its power model to a counter (under 15 s)");
  add_json(doctor, parsed.doctor.json);

  auto* validate = command(app, "validate", "Check a wattle.yaml; nothing is started");
  validate->add_option("file", parsed.validate.file, "The job (a folder means its wattle.yaml)")
      ->capture_default_str();
  validate->add_option("--set", parsed.validate.overrides, "Override a key")
      ->allow_extra_args(false);
  validate->add_flag("--schema", parsed.validate.schema,
                     "Print the JSON Schema of wattle.yaml instead");
  add_json(validate, parsed.validate.json);

  auto* version = command(app, "version", "Version and build of this program");
  add_json(version, parsed.version.json);
}

/// The command that was parsed, as its own type.
CommandLine chosen(const CLI::App& app, Parsed parsed) {
  const std::string name = app.get_subcommands().front()->get_name();
  const std::array<CommandLine, kCommands.size()> in_order{
      std::move(parsed.measure),  std::move(parsed.run),    std::move(parsed.ps),
      std::move(parsed.show),     std::move(parsed.logs),   std::move(parsed.stop),
      std::move(parsed.pause),    std::move(parsed.resume), std::move(parsed.retry),
      std::move(parsed.up),       std::move(parsed.energy), std::move(parsed.doctor),
      std::move(parsed.validate), std::move(parsed.version)};
  return in_order[static_cast<std::size_t>(std::ranges::find(kCommands, name) - kCommands.begin())];
}

Error usage_error(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

/// `run` and `measure` take the words of another program: those behind "--", or for `measure` from
/// the first word that is no flag of ours. The parser must not see them.
std::size_t end_of_own_words(std::span<const std::string> words) {
  const auto dashes = static_cast<std::size_t>(std::ranges::find(words, "--") - words.begin());
  if (words.front() != "measure") {
    return dashes;
  }
  std::size_t i = 1;
  while (i < dashes && words[i].starts_with('-')) {
    const bool takes_value = words[i] == "--zone" || words[i] == "--name" || words[i] == "--output";
    i += takes_value ? 2 : 1;
  }
  return std::min(i, dashes);
}

Status check_command_word(std::span<const std::string> words) {
  if (words.front().starts_with('-') ||
      std::ranges::find(kCommands, words.front()) != kCommands.end()) {
    return {};
  }
  const auto near = nearest(words.front(), kCommands);
  return usage_error(concat(
      "unknown command '", words.front(), "'",
      near.empty() ? "; `wattle --help` lists them" : concat("; did you mean '", near, "'?")));
}

/// "The following argument was not expected: --jsno" gets the nearest flag of the command.
std::string with_nearest_flag(const CLI::App& app, std::span<const std::string> words,
                              std::string message) {
  const auto subcommands = app.get_subcommands();
  if (subcommands.empty()) {
    return message;
  }
  std::vector<std::string> flags;
  for (const auto* option : subcommands.front()->get_options()) {
    for (const auto& name : option->get_lnames()) {
      flags.push_back("--" + name);
    }
  }
  const std::vector<std::string_view> known(flags.begin(), flags.end());
  for (const auto& word : words) {
    const auto flag = std::string_view(word).substr(0, word.find('='));
    if (flag.starts_with("--") && std::ranges::find(known, flag) == known.end()) {
      const auto near = nearest(flag, known);
      return concat("unknown flag '", flag, "' of `wattle ", subcommands.front()->get_name(), "`",
                    near.empty() ? "; --help lists them" : concat("; did you mean '", near, "'?"));
    }
  }
  return message;
}

Result<CommandLine> parse(CLI::App& app, Parsed& parsed, std::span<const std::string> own) {
  std::vector<std::string> reversed(own.rbegin(), own.rend());
  try {
    app.parse(reversed);
    return chosen(app, std::move(parsed));
  } catch (const CLI::CallForHelp&) {
    const auto subcommands = app.get_subcommands();
    return CommandLine(
        HelpText{subcommands.empty() ? app.help() : subcommands.front()->help("wattle")});
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    std::ranges::replace(message, '\n', ' ');
    return usage_error(with_nearest_flag(app, own, std::move(message)));
  }
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> words) {
  CLI::App app(
      "Wattle runs machine learning jobs and meters the energy and carbon that each of them takes.",
      "wattle");
  app.footer(kFooter);
  app.require_subcommand(1);
  Parsed parsed;
  describe_measure(app, parsed.measure);
  describe_run(app, parsed.run);
  describe_listing(app, parsed);
  describe_wishes(app, parsed);
  describe_rest(app, parsed);
  if (words.empty() || words.front() == "help") {
    return CommandLine(HelpText{app.help()});
  }
  if (words.front() == "--version") {
    return CommandLine(VersionOptions{});
  }
  WATTLE_RETURN_IF_ERROR(check_command_word(words));
  const bool takes_command = words.front() == "measure" || words.front() == "run";
  const std::size_t own = takes_command ? end_of_own_words(words) : words.size();
  auto theirs = words.subspan(own);
  if (!theirs.empty() && theirs.front() == "--") {
    theirs = theirs.subspan(1);
    if (theirs.empty()) {
      return usage_error(concat("no command stands behind `--`; write `wattle ", words.front(),
                                " -- python train.py`"));
    }
  }
  parsed.measure.command.assign(theirs.begin(), theirs.end());
  parsed.run.command.assign(theirs.begin(), theirs.end());
  WATTLE_ASSIGN_OR_RETURN(auto line, parse(app, parsed, words.first(own)));
  if (takes_command && !theirs.empty() && theirs.front().empty()) {
    return usage_error("the command behind `--` is empty; its first word names the program");
  }
  if (const auto* run = std::get_if<RunOptions>(&line);
      run != nullptr && !run->command.empty() && run->file != RunOptions().file) {
    return usage_error(concat("a job from ", run->file, " or a command behind `--`, not both"));
  }
  if (const auto* measure = std::get_if<MeasureOptions>(&line);
      measure != nullptr && measure->command.empty()) {
    return usage_error("no command to measure; write `wattle measure -- python train.py`");
  }
  return line;
}

}  // namespace wattle::cli
