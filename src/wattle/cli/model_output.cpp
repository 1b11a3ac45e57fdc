#include "wattle/cli/model_output.h"

#include <algorithm>
#include <map>

#include "wattle/base/text.h"
#include "wattle/store/artifact_references.h"
#include "wattle/store/artifact_rows.h"

namespace wattle::cli {
namespace {

using store::ArtifactReference;
using Kept = std::vector<ArtifactReference>;
/// Digests of files by their paths.
using Files = std::map<std::string, std::string>;

constexpr const char* kModelFolder = "model";

Result<Kept> kept_of(job::JobHouse& house, const std::string& run) {
  Kept kept;
  WATTLE_RETURN_IF_ERROR(house.database().read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(kept, store::artifact_references_of(session, "run", run));
    return {};
  }));
  return kept;
}

std::string names_of(const Kept& kept) {
  std::vector<std::string> names;
  for (const auto& reference : kept) {
    names.push_back(reference.owner.name);
  }
  return join(names, ", ");
}

bool lies_in(const ArtifactReference& reference, const std::string& folder) {
  return reference.owner.name.starts_with(folder + "/");
}

Status add_files(store::ArtifactStore& artifacts, const std::string& digest,
                 const std::string& prefix, Files& files) {
  WATTLE_ASSIGN_OR_RETURN(const auto entries, artifacts.read_manifest(digest));
  for (const auto& entry : entries) {
    if (entry.kind == store::ManifestEntry::Kind::kFile) {
      files[prefix + entry.path] = entry.digest;
    }
  }
  return {};
}

/// What the run kept below the folder, file by file.
Result<Files> files_kept(job::JobHouse& house, const Kept& kept, const std::string& folder) {
  Files files;
  for (const auto& reference : kept) {
    if (!lies_in(reference, folder)) {
      continue;
    }
    const auto path = reference.owner.name.substr(folder.size() + 1);
    std::optional<store::Artifact> artifact;
    WATTLE_RETURN_IF_ERROR(house.database().read([&](store::Session& session) -> Status {
      WATTLE_ASSIGN_OR_RETURN(artifact, store::find_artifact(session, reference.digest));
      return {};
    }));
    if (artifact && artifact->kind == store::ArtifactKind::kFolder) {
      WATTLE_RETURN_IF_ERROR(add_files(house.artifacts(), reference.digest, path + "/", files));
    } else {
      files[path] = reference.digest;
    }
  }
  return files;
}

/// Stores the folder as one artifact, which must be what the run kept of it.
Result<ModelContent> whole_folder(job::JobHouse& house, const std::string& path, const Kept& kept,
                                  const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto stored,
                          house.artifacts().add_folder(path).with_context("storing " + path));
  Files now;
  WATTLE_RETURN_IF_ERROR(add_files(house.artifacts(), stored.artifact.digest, "", now));
  WATTLE_ASSIGN_OR_RETURN(const auto then, files_kept(house, kept, folder));
  if (now != then) {
    return Error(ErrorCode::kFailedPrecondition,
                 concat(path, " is not what the run left there: name one of its kept outputs: ",
                        names_of(kept)));
  }
  return ModelContent{.output = folder, .digest = stored.artifact.digest, .lease = stored.lease};
}

/// The output that is meant when none is named.
Result<std::string> only_output(const Kept& kept, const std::string& run) {
  if (kept.size() == 1) {
    return kept.front().owner.name;
  }
  if (std::ranges::all_of(kept,
                          [](const auto& reference) { return lies_in(reference, kModelFolder); })) {
    return std::string(kModelFolder);
  }
  return Error(ErrorCode::kInvalidArgument, concat("run ", run,
                                                   " kept several outputs; name one "
                                                   "by --output: ",
                                                   names_of(kept)));
}

}  // namespace

Result<ModelContent> model_content(job::JobHouse& house, const store::Home& home,
                                   const std::string& run,
                                   const std::optional<std::string>& output) {
  WATTLE_ASSIGN_OR_RETURN(const auto kept, kept_of(house, run));
  if (kept.empty()) {
    return Error(ErrorCode::kNotFound,
                 concat("run ", run,
                        " kept no outputs: a job keeps what `outputs` names, and what it writes "
                        "to WATTLE_MODEL_DIR"));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto name,
                          output ? Result<std::string>(*output) : only_output(kept, run));
  const auto found = std::ranges::find_if(
      kept, [&](const auto& reference) { return reference.owner.name == name; });
  if (found != kept.end()) {
    return ModelContent{.output = name, .digest = found->digest, .lease = {}};
  }
  if (std::ranges::any_of(kept, [&](const auto& reference) { return lies_in(reference, name); })) {
    return whole_folder(house, home.run(run) + "/artifacts/" + name, kept, name);
  }
  return Error(ErrorCode::kNotFound,
               concat("run ", run, " kept no output '", name, "'; it kept ", names_of(kept)));
}

}  // namespace wattle::cli
