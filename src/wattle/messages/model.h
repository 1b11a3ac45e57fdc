// Models, their versions, and what is said of them.
//
// Units:    none. Errors: none.
// Threads:  value types. Lifetime: value types.
// See:      docs/reference/registry.md, model_request.h for what is asked
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/artifact.h"
#include "wattle/messages/lineage.h"
#include "wattle/messages/page.h"
#include "wattle/messages/run.h"

namespace wattle::messages {

enum class ModelApproval { kNone, kPending, kApproved, kRejected };
template <>
struct Words<ModelApproval> {
  static constexpr std::string_view kName = "ModelApproval";
  static constexpr std::string_view kAbout = "What was decided on a version.";
  static constexpr std::array<std::string_view, 4> kWords{"none", "pending", "approved",
                                                          "rejected"};
};

struct Model {
  std::string id;
  std::string name;
  std::string project;
  std::string description;
  std::optional<std::int64_t> latest;
  std::optional<ModelApproval> approval;
  std::map<std::string, std::int64_t> aliases;
  UtcTime created_at;
  UtcTime updated_at;
  std::string actor;
  std::int64_t revision = 1;

  static constexpr std::string_view kName = "Model";
  static constexpr std::string_view kAbout = "A model: a name under which versions are kept.";
  static void fields(auto& f) {
    f("id", &Model::id, "ULID.", {.pattern = &kUlid});
    f("name", &Model::name, "Its name, once in a project.");
    f("project", &Model::project, "Where it belongs.");
    f("description", &Model::description, "What was said of it.");
    f("latest", &Model::latest, "Number of the newest version; null: it has none.", kOrNull);
    f("approval", &Model::approval, "What was decided on that version.", kOrNull);
    f("aliases", &Model::aliases, "The version that each alias points to.");
    f("created_at", &Model::created_at, "When it was made.");
    f("updated_at", &Model::updated_at, "When it was changed last.");
    f("actor", &Model::actor, "Who made it.");
    f("revision", &Model::revision, "Counts the changes of the row.");
  }
  bool operator==(const Model&) const = default;
};

struct Alias {
  std::string alias;
  std::int64_t version = 0;
  std::string actor;
  UtcTime moved_at;

  static constexpr std::string_view kName = "Alias";
  static constexpr std::string_view kAbout = "A word for a version, which can be moved to another.";
  static void fields(auto& f) {
    f("alias", &Alias::alias, "The word.");
    f("version", &Alias::version, "Number of the version that it points to.");
    f("actor", &Alias::actor, "Who moved it there.");
    f("moved_at", &Alias::moved_at, "When.");
  }
  bool operator==(const Alias&) const = default;
};

struct ApprovalFacts {
  ModelApproval state = ModelApproval::kNone;
  std::string actor;
  std::string reason;
  std::optional<UtcTime> at;

  static constexpr std::string_view kName = "Approval";
  static constexpr std::string_view kAbout = "What was decided on a version, by whom, and why.";
  static void fields(auto& f) {
    f("state", &ApprovalFacts::state, "What was decided.");
    f("actor", &ApprovalFacts::actor, "By whom; empty: nobody has decided.");
    f("reason", &ApprovalFacts::reason, "Why.");
    f("at", &ApprovalFacts::at, "When; null: nobody has decided.", kOrNull);
  }
  bool operator==(const ApprovalFacts&) const = default;
};

struct ModelVersion {
  std::string id;
  std::string model;
  std::string model_id;
  std::string project;
  std::int64_t version = 0;
  UtcTime created_at;
  std::string actor;
  std::string description;
  std::string sha256;
  std::optional<std::string> run_id;
  std::vector<std::string> aliases;
  ApprovalFacts approval;
  std::int64_t revision = 1;

  static constexpr std::string_view kName = "ModelVersion";
  static constexpr std::string_view kAbout =
      "A version of a model. Its number, its artifact and its run never change.";
  static void fields(auto& f) {
    f("id", &ModelVersion::id, "MODEL_ID/3.");
    f("model", &ModelVersion::model, "Name of the model.");
    f("model_id", &ModelVersion::model_id, "ULID of the model.", {.pattern = &kUlid});
    f("project", &ModelVersion::project, "Where it belongs.");
    f("version", &ModelVersion::version, "Its number, from 1; never given twice.");
    f("created_at", &ModelVersion::created_at, "When it was registered.");
    f("actor", &ModelVersion::actor, "Who registered it.");
    f("description", &ModelVersion::description, "What was said of it.");
    f("sha256", &ModelVersion::sha256, "Digest of the artifact.", {.pattern = &kSha256});
    f("run_id", &ModelVersion::run_id, "The run that it comes from; null: none.", kOrNull);
    f("aliases", &ModelVersion::aliases, "Words that point to it.");
    f("approval", &ModelVersion::approval, "What was decided on it.");
    f("revision", &ModelVersion::revision, "Counts the changes of the row.");
  }
  bool operator==(const ModelVersion&) const = default;
};

/// A version in the table of its model's versions.
struct VersionLine {
  std::int64_t version = 0;
  UtcTime created_at;
  ModelApproval approval = ModelApproval::kNone;
  std::vector<std::string> aliases;

  static constexpr std::string_view kName = "VersionLine";
  static constexpr std::string_view kAbout = "A version, in short.";
  static void fields(auto& f) {
    f("version", &VersionLine::version, "Its number.");
    f("created_at", &VersionLine::created_at, "When it was registered.");
    f("approval", &VersionLine::approval, "What was decided on it.");
    f("aliases", &VersionLine::aliases, "Words that point to it.");
  }
  bool operator==(const VersionLine&) const = default;
};

struct ModelVersionDetail {
  std::string model;
  std::string project;
  std::int64_t version = 0;
  std::string id;
  UtcTime created_at;
  std::string actor;
  std::string description;
  ArtifactReference artifact;
  std::optional<RunSummary> run;
  std::vector<std::string> aliases;
  ApprovalFacts approval;
  std::vector<LineageEdge> lineage;
  bool lineage_is_cut = false;
  std::vector<VersionLine> versions;
  std::int64_t revision = 1;

  static constexpr std::string_view kName = "ModelVersionDetail";
  static constexpr std::string_view kAbout =
      "A version with where it comes from and what was said of it.";
  static void fields(auto& f);
  bool operator==(const ModelVersionDetail&) const = default;
};

void ModelVersionDetail::fields(auto& f) {
  f("model", &ModelVersionDetail::model, "Name of the model.");
  f("project", &ModelVersionDetail::project, "Where it belongs.");
  f("version", &ModelVersionDetail::version, "Its number, from 1.");
  f("id", &ModelVersionDetail::id, "MODEL_ID/3.");
  f("created_at", &ModelVersionDetail::created_at, "When it was registered.");
  f("actor", &ModelVersionDetail::actor, "Who registered it.");
  f("description", &ModelVersionDetail::description, "What was said of it.");
  f("artifact", &ModelVersionDetail::artifact, "What it is.");
  f("run", &ModelVersionDetail::run, "The run that it comes from; null: none.", kOrNull);
  f("aliases", &ModelVersionDetail::aliases, "Words that point to it.");
  f("approval", &ModelVersionDetail::approval, "What was decided on it.");
  f("lineage", &ModelVersionDetail::lineage, "Edges from its ancestors, the nearest first.");
  f("lineage_is_cut", &ModelVersionDetail::lineage_is_cut, "There are more ancestors.");
  f("versions", &ModelVersionDetail::versions, "The newest versions of the model.");
  f("revision", &ModelVersionDetail::revision, "Counts the changes of the row.");
}

extern template const Type& type_of<Model>();
extern template const Type& type_of<Page<Model>>();
extern template const Type& type_of<Alias>();
extern template const Type& type_of<ApprovalFacts>();
extern template const Type& type_of<ModelVersion>();
extern template const Type& type_of<Page<ModelVersion>>();
extern template const Type& type_of<VersionLine>();
extern template const Type& type_of<ModelVersionDetail>();

}  // namespace wattle::messages
