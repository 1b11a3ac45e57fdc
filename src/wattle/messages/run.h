// Runs as they are listed and shown: RunSummary, and RunDetail with all that is known of one.
//
// Units:    in the names; figures carry their 80 % interval and quality. Times are UTC.
// Errors:   none. Threads: value types. Lifetime: value types.
// See:      run_request.h for what is asked of runs, receipt.h for what one has used.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/figure.h"
#include "wattle/messages/page.h"
#include "wattle/messages/receipt.h"

namespace wattle::messages {

enum class RunState {
  kPending,
  kWaiting,
  kStarting,
  kRunning,
  kInterrupting,
  kInterrupted,
  kUploading,
  kSucceeded,
  kFailed,
  kStopped,
};
template <>
struct Words<RunState> {
  static constexpr std::string_view kName = "RunState";
  static constexpr std::string_view kAbout =
      "Where a run stands. pending: runs that it comes after have not ended. waiting: for room, or "
      "for its time. starting, running. interrupting, interrupted: saves its state and rests until "
      "it is resumed, or is frozen. uploading: has ended, outputs are kept and energy is settled. "
      "succeeded, failed, stopped: at its end.";
  static constexpr std::array<std::string_view, 10> kWords{
      "pending",     "waiting",   "starting",  "running", "interrupting",
      "interrupted", "uploading", "succeeded", "failed",  "stopped"};
};

enum class RunWish { kNone, kPause, kResume, kStop, kKill };
template <>
struct Words<RunWish> {
  static constexpr std::string_view kName = "RunWish";
  static constexpr std::string_view kAbout =
      "What was asked of a run and is not done yet; empty: nothing.";
  static constexpr std::array<std::string_view, 5> kWords{"", "pause", "resume", "stop", "kill"};
};

/// What may be not there yet, and, when it is, may be unknown for good: nothing, null, or a value.
template <typename T>
using MaybeUnknown = std::optional<std::optional<T>>;

struct RunSummary {
  std::string id;
  std::string name;
  std::string project;
  std::string kind;
  RunState state = RunState::kPending;
  bool frozen = false;
  std::string reason;
  std::int64_t priority = 0;
  std::uint32_t attempt = 0;
  UtcTime created_at;
  UtcTime state_since;
  std::optional<double> wall_seconds;
  MaybeUnknown<double> energy_joules;
  MaybeUnknown<double> grams_co2e;
  std::optional<std::map<std::string, double>> metrics;
  std::string actor;
  std::optional<std::string> experiment;
  RunWish wish = RunWish::kNone;
  std::string exhausted_budget;
  std::int64_t version = 1;
  std::optional<Figure> energy;
  std::optional<Figure> emissions;

  static constexpr std::string_view kName = "RunSummary";
  static constexpr std::string_view kAbout =
      "A run as lists show it. What a run has used is there once it has ended.";
  static void fields(auto& f);
  bool operator==(const RunSummary&) const = default;
};

void RunSummary::fields(auto& f) {
  f("id", &RunSummary::id, "ULID: ids sort by the time of creation.", {.pattern = &kUlid});
  f("name", &RunSummary::name, "Of the job.");
  f("project", &RunSummary::project, "What its energy is booked to.");
  f("kind", &RunSummary::kind, "run, or measure: started in a terminal and only measured.");
  f("state", &RunSummary::state, "Where it stands.");
  f("frozen", &RunSummary::frozen,
    "It is interrupted, and its processes are there: they use no CPU and keep their memory.");
  f("reason", &RunSummary::reason, "Why it is in this state; empty when that needs no words.");
  f("priority", &RunSummary::priority, "-100 to 100: the higher starts first.");
  f("attempt", &RunSummary::attempt, "Number of the newest attempt; 0: none was begun.");
  f("created_at", &RunSummary::created_at, "When it was accepted.");
  f("state_since", &RunSummary::state_since, "When it came into its state.");
  f("wall_seconds", &RunSummary::wall_seconds,
    "How long it ran, on the boot clock, over all attempts.");
  f("energy_joules", &RunSummary::energy_joules,
    "What it is charged for: the value of `energy`. Null: no meter saw it.");
  f("grams_co2e", &RunSummary::grams_co2e,
    "CO2e of that energy: the value of `emissions`. Null: unknown.");
  f("metrics", &RunSummary::metrics, "The last value of each metric.");
  f("actor", &RunSummary::actor, "Name of the user who asked.");
  f("experiment", &RunSummary::experiment, "Name of the experiment that it is listed under.");
  f("wish", &RunSummary::wish, "What was asked of it and is not done yet.");
  f("exhausted_budget", &RunSummary::exhausted_budget,
    "A sentence that says which budget it went over; empty: none.");
  f("version", &RunSummary::version,
    "Counts the changes of the row: send it as `expected_version` to change what you have seen.");
  f("energy", &RunSummary::energy, "Joules, with their error.");
  f("emissions", &RunSummary::emissions, "Grams of CO2e, with their error.");
}

struct Metric {
  std::string key;
  double value = 0;
  std::int64_t step = 0;
  UtcTime at;

  static constexpr std::string_view kName = "Metric";
  static constexpr std::string_view kAbout = "The last point of a metric.";
  static void fields(auto& f) {
    f("key", &Metric::key, "Name of the metric.");
    f("value", &Metric::value, "Its last value.");
    f("step", &Metric::step, "The step of that value, as the job counts them.");
    f("at", &Metric::at, "When the job told it.");
  }
  bool operator==(const Metric&) const = default;
};

struct Transition {
  RunState from = RunState::kPending;
  RunState to = RunState::kPending;
  UtcTime at;
  std::uint32_t attempt = 0;
  std::string reason;

  static constexpr std::string_view kName = "Transition";
  static constexpr std::string_view kAbout = "One line of a run's history.";
  static void fields(auto& f) {
    f("from", &Transition::from, "The state before.");
    f("to", &Transition::to, "The state after.");
    f("at", &Transition::at, "When.");
    f("attempt", &Transition::attempt, "The newest attempt then; 0: none.");
    f("reason", &Transition::reason, "Why; empty when that needs no words.");
  }
  bool operator==(const Transition&) const = default;
};

struct Attempt {
  std::uint32_t number = 0;
  std::optional<UtcTime> started_at;
  std::optional<UtcTime> ended_at;
  std::optional<std::string> outcome;
  std::optional<int> exit_code;
  std::optional<int> signal;

  static constexpr std::string_view kName = "Attempt";
  static constexpr std::string_view kAbout = "One start of a run's command.";
  static void fields(auto& f) {
    f("number", &Attempt::number, "From 1; only grows.");
    f("started_at", &Attempt::started_at, "When the command began.");
    f("ended_at", &Attempt::ended_at, "When it ended.");
    f("outcome", &Attempt::outcome,
      "How it ended: exited, signaled, not_started, stopped, time_limit, memory_limit, lost.");
    f("exit_code", &Attempt::exit_code, "Of the command.");
    f("signal", &Attempt::signal, "That ended the command; 0: none.");
  }
  bool operator==(const Attempt&) const = default;
};

struct Dependency {
  std::string run;
  RunState state = RunState::kPending;

  static constexpr std::string_view kName = "Dependency";
  static constexpr std::string_view kAbout = "A run that this one comes after.";
  static void fields(auto& f) {
    f("run", &Dependency::run, "Its id.", {.pattern = &kUlid});
    f("state", &Dependency::state, "Where it stands.");
  }
  bool operator==(const Dependency&) const = default;
};

struct RunDetail : RunSummary {
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  std::vector<Metric> last_metrics;
  std::vector<Transition> history;
  std::vector<Attempt> attempts;
  std::vector<Dependency> dependencies;
  std::vector<std::string> command;
  std::string folder;
  std::optional<PredictionFacts> prediction;
  std::optional<JsonObject> receipt;

  static constexpr std::string_view kName = "RunDetail";
  static constexpr std::string_view kAbout = "A run with all that is known of it.";
  static void fields(auto& f) {
    RunSummary::fields(f);
    f("params", &RunDetail::params, "What the job was given, and what it logged as such.");
    f("tags", &RunDetail::tags, "What was said of it.");
    f("last_metrics", &RunDetail::last_metrics, "The last point of each metric, by key.");
    f("history", &RunDetail::history, "Every change of its state, the oldest first.");
    f("attempts", &RunDetail::attempts, "Every start of its command, the oldest first.");
    f("dependencies", &RunDetail::dependencies, "Runs that it comes after.");
    f("command", &RunDetail::command, "The words that are executed.");
    f("folder", &RunDetail::folder, "Absolute working folder, on the server's host.");
    f("prediction", &RunDetail::prediction, "What was said before it started.");
    f("receipt", &RunDetail::receipt,
      "Once it has ended: the receipt, schema wattle.receipt.v1, as docs/reference/receipt.md has "
      "it.");
  }
  bool operator==(const RunDetail&) const = default;
};

enum class LogStream { kStdout, kStderr };
template <>
struct Words<LogStream> {
  static constexpr std::string_view kName = "LogStream";
  static constexpr std::string_view kAbout = "Where a job wrote a line.";
  static constexpr std::array<std::string_view, 2> kWords{"stdout", "stderr"};
};

struct LogLine {
  std::uint32_t attempt = 0;
  LogStream stream = LogStream::kStdout;
  UtcTime at;
  std::string text;
  bool is_partial = false;

  static constexpr std::string_view kName = "LogLine";
  static constexpr std::string_view kAbout = "One line of a job's output.";
  static void fields(auto& f) {
    f("attempt", &LogLine::attempt, "Which attempt wrote it.");
    f("stream", &LogLine::stream, "Where it wrote it.");
    f("at", &LogLine::at, "When.");
    f("text", &LogLine::text,
      "The line without its end. What is no UTF-8 has U+FFFD in its place.");
    f("is_partial", &LogLine::is_partial, "The line goes on in the next one of this stream.");
  }
  bool operator==(const LogLine&) const = default;
};

extern template const Type& type_of<RunSummary>();
extern template const Type& type_of<Page<RunSummary>>();
extern template const Type& type_of<Metric>();
extern template const Type& type_of<Transition>();
extern template const Type& type_of<Attempt>();
extern template const Type& type_of<Dependency>();
extern template const Type& type_of<RunDetail>();
extern template const Type& type_of<LogLine>();
extern template const Type& type_of<Page<LogLine>>();

}  // namespace wattle::messages
