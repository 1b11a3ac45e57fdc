// The grammar of commands over runs.
#include "wattle/cli/grammar.h"

namespace wattle::cli {
namespace {

void describe_measure(CLI::App& app, Parsed& parsed) {
  auto& options = parsed.measure;
  auto* sub = command(
      app,
      {"measure", "Run a command, or watch a process, and print what it used, emitted and cost"},
      parsed, parsed.measure);
  sub->footer(
      "wattle measure [OPTIONS] -- COMMAND…\nwattle measure [OPTIONS] --pid PID\n\n"
      "The command keeps its terminal, streams and exit code; the receipt goes to standard error.\n"
      "With --json the receipt is all of standard output, and the command's output goes to "
      "standard error.\n"
      "With --pid a process that runs already is measured from now on, with its descendants, until "
      "it ends or Ctrl-C; nothing is done to it.");
  sub->add_option("--zone", options.zone,
                  "Grid zone: DE, US-CAL-CISO, aws:eu-north-1 (else WATTLE_ZONE, else a guess)");
  sub->add_option("--name", options.name, "Name of the run");
  sub->add_option("--output", options.receipt_file, "Write the receipt as JSON to this file");
  sub->add_option("--pid", options.pid, "Measure this process instead of a command");
  sub->add_flag("--until-input-ends", options.until_input_ends,
                "With --pid: until standard input ends, too");
  add_json(sub, options.json);
}

/// Not for people: it is what the supervisor of `wattle measure --pid` executes.
void describe_await(CLI::App& app, Parsed& parsed) {
  auto& options = parsed.await;
  auto* sub =
      command(app, {"await-process", "Wait until a process ends, or Ctrl-C"}, parsed, parsed.await);
  sub->group("");
  sub->add_option("process", options.process, "PID:START")->required();
  sub->add_flag("--until-input-ends", options.until_input_ends);
}

void describe_run(CLI::App& app, Parsed& parsed) {
  auto& options = parsed.run;
  auto* sub = command(
      app, {"run", "Run a job from wattle.yaml, or a command; follow it; print its receipt"},
      parsed, parsed.run);
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

void describe_ps(CLI::App& app, Parsed& parsed) {
  auto& options = parsed.ps;
  auto* ps = command(app, {"ps", "Runs, newest first"}, parsed, options);
  ps->footer(
      "wattle ps --filter 'metrics.accuracy > 0.9 AND params.lr = \"0.1\"' --order "
      "'metrics.accuracy DESC'\n\n"
      "Fields: metrics.KEY, params.KEY, tags.KEY, and name, state, created, started, ended, kind, "
      "experiment.\n"
      "Comparisons: = != < <= > >=, LIKE, ILIKE, IN ('a', 'b'); combined by AND, OR, NOT and "
      "parentheses.");
  ps->add_option("--filter", options.filter, "Only runs that meet these conditions");
  ps->add_option("--order", options.order, "By a field: 'metrics.loss', 'started DESC'");
  ps->add_option("--limit", options.limit, "So many runs; 20 by default")
      ->check(CLI::PositiveNumber);
  ps->add_option("--state", options.states, "Only runs in this state; repeatable")
      ->allow_extra_args(false);
  ps->add_option("--project", options.project, "Only runs of this project");
  ps->add_option("--experiment", options.experiment, "Only runs of this experiment");
  ps->add_flag("--all,-a", options.all, "All of them, not only the last 20")->excludes("--limit");
  ps->add_flag("--quiet,-q", options.quiet, "Only ids");
  add_json(ps, options.json);
}

void describe_looks(CLI::App& app, Parsed& parsed) {
  auto* show = command(app, {"show", "One run: its receipt, or its state while it runs"}, parsed,
                       parsed.show);
  show->add_option("id", parsed.show.id, "The beginning of an id, or `last`")
      ->capture_default_str();
  add_json(show, parsed.show.json);

  auto* logs = command(app, {"logs", "The output of a run"}, parsed, parsed.logs);
  logs->add_option("id", parsed.logs.id, "The beginning of an id, or `last`")
      ->capture_default_str();
  logs->add_flag("--follow,-f", parsed.logs.follow, "Go on as it grows, until the run ends");
  logs->add_flag("--timestamps,-t", parsed.logs.timestamps, "Time and stream before each line");
  logs->add_option("--stream", parsed.logs.stream, "Only this stream")
      ->check(CLI::IsMember({"stdout", "stderr"}));

  auto* compare =
      command(app, {"compare", "Runs side by side: params, metrics, energy, grams, time"}, parsed,
              parsed.compare);
  compare->footer(
      "A row begins with ≠ where the runs differ, with ≈ where they differ by less than their "
      "error.");
  compare->add_option("ids", parsed.compare.ids, "Beginnings of ids, or `last`")
      ->required()
      ->expected(2, 50);
  compare->add_flag("--quiet,-q", parsed.compare.quiet, "Only the names of what differs");
  add_json(compare, parsed.compare.json);
}

void describe_wishes(CLI::App& app, Parsed& parsed) {
  constexpr const char* kId = "The beginning of an id, or `last`";
  auto* stop =
      command(app, {"stop", "Stop a run: SIGTERM, its grace time, SIGKILL"}, parsed, parsed.stop);
  stop->add_option("id", parsed.stop.id, kId)->required();
  stop->add_flag("--now", parsed.stop.now, "SIGKILL at once");

  auto* pause = command(app, {"pause", "Interrupt a run at a checkpoint, or freeze it"}, parsed,
                        parsed.pause);
  pause->add_option("id", parsed.pause.id, kId)->required();

  auto* resume =
      command(app, {"resume", "Go on with a run that was paused, interrupted or stopped"}, parsed,
              parsed.resume);
  resume->add_option("id", parsed.resume.id, kId)->required();
  resume->add_flag("--detach,-d", parsed.resume.detach, "Return at once");

  auto* retry =
      command(app, {"retry", "Run the same job again, as a new run"}, parsed, parsed.retry);
  retry->add_option("id", parsed.retry.id, kId)->capture_default_str();
  retry->add_flag("--detach,-d", parsed.retry.detach, "Print the id and return");

  auto* up = command(app, {"up", "The server of this home: commands start it when they need it"},
                     parsed, parsed.up);
  up->add_flag("--background", parsed.up.background, "As commands start it: ends when it is idle");
  up->add_option("--idle", parsed.up.idle_seconds, "End after so many seconds with nothing to do")
      ->check(CLI::NonNegativeNumber);
  up->add_option(
      "--listen", parsed.up.listen,
      "Also answer at ADDRESS:PORT (127.0.0.1:8080, [::]:8443), for whoever has a token");
  up->add_option("--tls-certificate", parsed.up.certificate,
                 "PEM file: the certificate and its chain; needed for addresses of the network");
  up->add_option("--tls-key", parsed.up.key, "PEM file: its key");
  up->add_option("--name", parsed.up.names,
                 "A name by which browsers reach it: wattle.example.org");
}

}  // namespace

void describe_runs(CLI::App& app, Parsed& parsed) {
  describe_measure(app, parsed);
  describe_await(app, parsed);
  describe_run(app, parsed);
  describe_ps(app, parsed);
  describe_looks(app, parsed);
  describe_wishes(app, parsed);
}

}  // namespace wattle::cli
