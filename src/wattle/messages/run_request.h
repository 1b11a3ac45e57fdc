// What is asked of runs, and what is answered: submitting, planning, acting, changing.
//
// Units:    in the names; figures carry their 80 % interval and quality.
// Errors:   check() is kInvalidArgument and says which keys do not go together.
// Threads:  value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/limits.h"
#include "wattle/messages/run.h"

namespace wattle::messages {

struct RunRequest {
  std::optional<JsonObject> job;
  std::optional<std::string> job_text;
  std::optional<std::vector<std::string>> command;
  std::string folder;
  std::optional<std::string> kind;
  std::optional<std::string> zone;
  std::vector<std::string> overrides;
  std::optional<std::string> name;
  std::optional<std::string> project;
  std::optional<std::string> experiment;
  std::optional<std::int64_t> priority;
  std::vector<std::string> after;
  std::optional<std::map<std::string, std::string>> environment;

  static constexpr std::string_view kName = "RunRequest";
  static constexpr std::string_view kAbout =
      "A run that is to be. Exactly one of job, job_text and command says what runs. What is left "
      "out is as the job says, or as the server is configured.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f);
  Status check() const;
  bool operator==(const RunRequest&) const = default;
};

void RunRequest::fields(auto& f) {
  f("job", &RunRequest::job, "The wattle.yaml, as JSON.");
  f("job_text", &RunRequest::job_text, "The wattle.yaml, as YAML text.",
    {.min_length = 1, .max_length = limits::kSpecFileBytes});
  f("command", &RunRequest::command, "A command instead of a job: its words.",
    {.max_length = limits::kSpecTextBytes, .max_items = limits::kMessageWords});
  f("folder", &RunRequest::folder, "Absolute working folder, on the server's host.",
    {.min_length = 1, .max_length = limits::kPathBytes});
  f("kind", &RunRequest::kind, "run, which is the default, or measure.", {.max_length = 100});
  f("zone", &RunRequest::zone, "Grid zone: DE, US-CAL-CISO, aws:eu-north-1.", {.max_length = 100});
  f("overrides", &RunRequest::overrides, "KEY=VALUE each: replaces a key of the job.",
    {.presence = Presence::kMayBeAbsent,
     .max_length = limits::kSpecTextBytes,
     .max_items = limits::kMessageWords});
  f("name", &RunRequest::name, "Name of the run.",
    {.min_length = 1, .max_length = limits::kRegistryNameBytes});
  f("project", &RunRequest::project, "What its energy is booked to.",
    {.min_length = 1, .max_length = limits::kRegistryNameBytes});
  f("experiment", &RunRequest::experiment, "What it is listed under.",
    {.min_length = 1, .max_length = limits::kRegistryNameBytes});
  f("priority", &RunRequest::priority, "The higher starts first.",
    {.minimum = -100, .maximum = 100});
  f("after", &RunRequest::after,
    "Ids of runs, or their beginnings: starts when they have succeeded, fails when one does not.",
    {.presence = Presence::kMayBeAbsent, .min_length = 1, .max_length = 26, .max_items = 1000});
  f("environment", &RunRequest::environment,
    "Variables of the caller's environment for the command. Without it: those of the server.",
    {.max_length = limits::kSpecTextBytes, .max_items = limits::kMessageWords});
}

struct RunAccepted {
  std::string id;
  std::string name;
  bool is_new = true;
  std::optional<PredictionFacts> prediction;

  static constexpr std::string_view kName = "RunAccepted";
  static constexpr std::string_view kAbout = "From here on the run exists, whatever happens.";
  static void fields(auto& f) {
    f("id", &RunAccepted::id, "Of the run.", {.pattern = &kUlid});
    f("name", &RunAccepted::name, "Of the run.");
    f("is_new", &RunAccepted::is_new,
      "False: the idempotency key named this run already, and nothing was made.");
    f("prediction", &RunAccepted::prediction, "What it will take, where there is a basis.");
  }
  bool operator==(const RunAccepted&) const = default;
};

struct RunPlan {
  std::string name;
  std::string folder;
  std::vector<std::string> command;
  std::optional<PredictionFacts> prediction;

  static constexpr std::string_view kName = "RunPlan";
  static constexpr std::string_view kAbout = "What would run. Nothing was started or written.";
  static void fields(auto& f) {
    f("name", &RunPlan::name, "Name of the run.");
    f("folder", &RunPlan::folder, "Absolute working folder.");
    f("command", &RunPlan::command, "The words that would be executed.");
    f("prediction", &RunPlan::prediction, "What it would take; null without a basis.", kOrNull);
  }
  bool operator==(const RunPlan&) const = default;
};

enum class RunVerb { kStop, kKill, kPause, kResume };
template <>
struct Words<RunVerb> {
  static constexpr std::string_view kName = "RunVerb";
  static constexpr std::string_view kAbout =
      "stop: SIGTERM, the job's grace time, SIGKILL. kill: SIGKILL at once. pause: a checkpoint "
      "and "
      "an end, or frozen. resume: goes on.";
  static constexpr std::array<std::string_view, 4> kWords{"stop", "kill", "pause", "resume"};
};

struct RunAction {
  RunVerb action = RunVerb::kStop;

  static constexpr std::string_view kName = "RunAction";
  static constexpr std::string_view kAbout = "What a run is asked to do.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("action", &RunAction::action, "The wish; a stronger one stays.");
  }
  bool operator==(const RunAction&) const = default;
};

struct RunUpdate {
  std::optional<std::string> name;
  std::optional<std::map<std::string, std::string>> tags;
  std::optional<std::vector<std::string>> removed_tags;
  std::optional<std::int64_t> priority;
  std::optional<std::int64_t> expected_version;

  static constexpr std::string_view kName = "RunUpdate";
  static constexpr std::string_view kAbout = "Changes what is said of a run: only what is there.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("name", &RunUpdate::name, "Its new name.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("tags", &RunUpdate::tags, "Tags that are set; others stay.",
      {.max_length = limits::kTagValueBytes, .max_items = limits::kLogBatch});
    f("removed_tags", &RunUpdate::removed_tags, "Keys of tags that go.",
      {.max_length = limits::kRegistryKeyBytes, .max_items = limits::kLogBatch});
    f("priority", &RunUpdate::priority, "Of one that has not started: the higher starts first.",
      {.minimum = -100, .maximum = 100});
    f("expected_version", &RunUpdate::expected_version,
      "The version that was seen: another one is failed_precondition. Without it: any.",
      {.minimum = 0});
  }
  bool operator==(const RunUpdate&) const = default;
};

extern template const Type& type_of<RunRequest>();
extern template const Type& type_of<RunAccepted>();
extern template const Type& type_of<RunPlan>();
extern template const Type& type_of<RunAction>();
extern template const Type& type_of<RunUpdate>();

}  // namespace wattle::messages
