#include "wattle/job/run_keeper.h"

#include <filesystem>

#include "wattle/base/text.h"
#include "wattle/store/artifact_references.h"

namespace wattle::job {
namespace {

/// An attempt that goes on after another one writes the outputs again: the last one's are kept.
Status refer(store::Session& session, const store::ArtifactReference& reference) {
  const auto removed =
      store::remove_artifact_reference(session, reference.owner, reference.created);
  WATTLE_RETURN_IF_ERROR(removed.ok() ? Status() : Status(removed.error()));
  return store::add_artifact_reference(session, reference);
}

}  // namespace

std::string RunKeeper::name_of(const RunRecord& record, const messages::FileFacts& output) const {
  const std::string folder = around_.home.run(record.id) + "/artifacts/";
  return output.path.starts_with(folder) ? output.path.substr(folder.size()) : output.name;
}

Result<std::vector<KeptOutput>> RunKeeper::keep(const RunRecord& record,
                                                messages::Receipt& receipt) {
  std::vector<KeptOutput> kept;
  for (const auto& output : receipt.outputs) {
    std::error_code error;
    auto stored = std::filesystem::is_directory(output.path, error)
                      ? artifacts_.add_folder(output.path)
                      : artifacts_.add_file(output.path);
    if (stored.ok()) {
      kept.push_back({.name = name_of(record, output),
                      .digest = stored->artifact.digest,
                      .lease = stored->lease});
      continue;
    }
    if (stored.error().code() == ErrorCode::kIo) {
      release(kept);
      return stored.error();
    }
    receipt.notes.push_back(
        concat("output '", output.name, "' is not kept: ", stored.error().message()));
  }
  return kept;
}

Status RunKeeper::record(store::Session& session, const RunRecord& record,
                         const messages::Receipt& receipt, const std::vector<KeptOutput>& kept) {
  const auto now = around_.clock.utc_now();
  for (const auto& output : kept) {
    WATTLE_RETURN_IF_ERROR(refer(session, {.owner = {"run", record.id, output.name},
                                           .digest = output.digest,
                                           .project = receipt.run.project,
                                           .actor = record.actor,
                                           .created = now}));
  }
  WATTLE_RETURN_IF_ERROR(complete_run(session, record, receipt, kept, now));
  return receipt.run.state == to_string(JobState::kSucceeded)
             ? register_model(session, around_.rng, record, kept, now)
             : Status();
}

void RunKeeper::release(const std::vector<KeptOutput>& kept) {
  // A lease that is not let go runs out by itself.
  (void)database_
      .write([&](store::Session& session) -> Status {
        for (const auto& output : kept) {
          WATTLE_RETURN_IF_ERROR(store::release_artifact_lease(session, output.lease));
        }
        return {};
      })
      .ok();
}

}  // namespace wattle::job
