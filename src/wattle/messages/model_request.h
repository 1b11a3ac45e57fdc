// What is asked of models: new ones, new versions, aliases, decisions.
//
// Units:    none. Errors: check() is kInvalidArgument. Threads: value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/limits.h"
#include "wattle/messages/model.h"

namespace wattle::messages {

struct NewModel {
  std::string name;
  std::optional<std::string> project;
  std::string description;

  static constexpr std::string_view kName = "NewModel";
  static constexpr std::string_view kAbout = "A model that is to be.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("name", &NewModel::name, "Its name, once in a project.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("project", &NewModel::project, "Where it belongs: without it `default`.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("description", &NewModel::description, "What it is.",
      {.presence = Presence::kMayBeAbsent, .max_length = limits::kDescriptionBytes});
  }
  bool operator==(const NewModel&) const = default;
};

struct ModelUpdate {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::int64_t> expected_revision;

  static constexpr std::string_view kName = "ModelUpdate";
  static constexpr std::string_view kAbout = "Changes a model: only what is there.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("name", &ModelUpdate::name, "Its new name.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("description", &ModelUpdate::description, "What it is.",
      {.max_length = limits::kDescriptionBytes});
    f("expected_revision", &ModelUpdate::expected_revision,
      "The revision that was seen: another one is failed_precondition. Without it: any.",
      {.minimum = 0});
  }
  bool operator==(const ModelUpdate&) const = default;
};

/// The next version of a model: a kept output of a run, or an artifact.
struct NewVersion {
  std::optional<std::string> run;
  std::optional<std::string> output;
  std::optional<std::string> sha256;
  std::string description;
  std::vector<std::string> aliases;

  static constexpr std::string_view kName = "NewVersion";
  static constexpr std::string_view kAbout =
      "The next version of a model: an output of a run, or an artifact that is stored. One of run "
      "and sha256 at least; both: the artifact, which comes from that run.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("run", &NewVersion::run, "Id of the run that it comes from, or the beginning of it.",
      {.min_length = 1, .max_length = 26});
    f("output", &NewVersion::output,
      "Name of the run's output; may be left out where there is one choice.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("sha256", &NewVersion::sha256, "Digest of the artifact.", {.pattern = &kSha256});
    f("description", &NewVersion::description, "What it is.",
      {.presence = Presence::kMayBeAbsent, .max_length = limits::kDescriptionBytes});
    f("aliases", &NewVersion::aliases, "Words that are to point to it.",
      {.presence = Presence::kMayBeAbsent,
       .min_length = 1,
       .max_length = limits::kAliasBytes,
       .max_items = limits::kLogBatch});
  }
  Status check() const;
  bool operator==(const NewVersion&) const = default;
};

struct AliasTarget {
  std::string version;

  static constexpr std::string_view kName = "AliasTarget";
  static constexpr std::string_view kAbout = "Where an alias is to point.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("version", &AliasTarget::version, "3, v3, latest, or another alias.",
      {.min_length = 1, .max_length = limits::kAliasBytes});
  }
  bool operator==(const AliasTarget&) const = default;
};

enum class DecisionVerb { kApprove, kReject };
template <>
struct Words<DecisionVerb> {
  static constexpr std::string_view kName = "DecisionVerb";
  static constexpr std::string_view kAbout = "What is decided.";
  static constexpr std::array<std::string_view, 2> kWords{"approve", "reject"};
};

struct Decision {
  DecisionVerb decision = DecisionVerb::kApprove;
  std::string reason;
  std::optional<std::int64_t> expected_revision;

  static constexpr std::string_view kName = "Decision";
  static constexpr std::string_view kAbout = "A decision on a version. A rejection says why.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("decision", &Decision::decision, "What is decided.");
    f("reason", &Decision::reason, "Why.",
      {.presence = Presence::kMayBeAbsent, .max_length = limits::kDescriptionBytes});
    f("expected_revision", &Decision::expected_revision,
      "The revision that was seen: another one is failed_precondition. Without it: any.",
      {.minimum = 0});
  }
  Status check() const;
  bool operator==(const Decision&) const = default;
};

extern template const Type& type_of<NewModel>();
extern template const Type& type_of<ModelUpdate>();
extern template const Type& type_of<NewVersion>();
extern template const Type& type_of<AliasTarget>();
extern template const Type& type_of<Decision>();

}  // namespace wattle::messages
