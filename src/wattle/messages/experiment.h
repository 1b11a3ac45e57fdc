// Experiments: named groups of runs within a project.
//
// Units:    none. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/limits.h"
#include "wattle/messages/page.h"

namespace wattle::messages {

enum class Lifecycle { kActive, kDeleted };
template <>
struct Words<Lifecycle> {
  static constexpr std::string_view kName = "Lifecycle";
  static constexpr std::string_view kAbout =
      "What is deleted keeps what is in it, and can be restored.";
  static constexpr std::array<std::string_view, 2> kWords{"active", "deleted"};
};

struct Experiment {
  std::string id;
  std::string project;
  std::string name;
  Lifecycle lifecycle = Lifecycle::kActive;
  std::string actor;
  UtcTime created_at;
  UtcTime updated_at;
  std::int64_t version = 1;

  static constexpr std::string_view kName = "Experiment";
  static constexpr std::string_view kAbout = "A named group of runs within a project.";
  static void fields(auto& f) {
    f("id", &Experiment::id, "ULID.", {.pattern = &kUlid});
    f("project", &Experiment::project, "Where it belongs.");
    f("name", &Experiment::name, "Its name, once in a project.");
    f("lifecycle", &Experiment::lifecycle, "Whether it was deleted.");
    f("actor", &Experiment::actor, "Who made it.");
    f("created_at", &Experiment::created_at, "When it was made.");
    f("updated_at", &Experiment::updated_at, "When it was changed last.");
    f("version", &Experiment::version, "Counts the changes of the row.");
  }
  bool operator==(const Experiment&) const = default;
};

struct NewExperiment {
  std::string name;
  std::optional<std::string> project;

  static constexpr std::string_view kName = "NewExperiment";
  static constexpr std::string_view kAbout = "An experiment that is to be.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("name", &NewExperiment::name, "Its name, once in a project.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("project", &NewExperiment::project, "Where it belongs: without it `default`.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
  }
  bool operator==(const NewExperiment&) const = default;
};

struct ExperimentUpdate {
  std::optional<std::string> name;
  std::optional<Lifecycle> lifecycle;
  std::optional<std::int64_t> expected_version;

  static constexpr std::string_view kName = "ExperimentUpdate";
  static constexpr std::string_view kAbout = "Changes an experiment: only what is there.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("name", &ExperimentUpdate::name, "Its new name.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("lifecycle", &ExperimentUpdate::lifecycle, "deleted deletes it, active restores it.");
    f("expected_version", &ExperimentUpdate::expected_version,
      "The version that was seen: another one is failed_precondition. Without it: any.",
      {.minimum = 0});
  }
  bool operator==(const ExperimentUpdate&) const = default;
};

extern template const Type& type_of<Experiment>();
extern template const Type& type_of<Page<Experiment>>();
extern template const Type& type_of<NewExperiment>();
extern template const Type& type_of<ExperimentUpdate>();

}  // namespace wattle::messages
