#include "wattle/store/artifact_rows.h"

#include <array>

#include "wattle/base/text.h"
#include "wattle/store/artifact_layout.h"

namespace wattle::store {
namespace {

constexpr std::array<std::string_view, 3> kStates{"present", "deleting", "damaged"};

Status execute(Session& session, std::string_view sql, const SqlValues& parameters) {
  auto changed = session.execute(sql, parameters);
  return changed.ok() ? Status() : Status(changed.error());
}

Result<ArtifactState> state_of(const std::string& text) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == text) {
      return static_cast<ArtifactState>(i);
    }
  }
  return Error(ErrorCode::kInternal, concat("an artifact has the unknown state '", text, "'"));
}

}  // namespace

std::string_view to_text(ArtifactKind kind) {
  return kind == ArtifactKind::kFile ? "file" : "folder";
}

std::string_view to_text(ArtifactState state) {
  return kStates.at(static_cast<std::size_t>(state));
}

Result<std::optional<Artifact>> find_artifact(Session& session, std::string_view digest) {
  if (!is_artifact_digest(digest)) {
    return Error(
        ErrorCode::kInvalidArgument,
        concat("'", digest, "' is no digest of an artifact: it has 64 digits, 0-9 and a-f"));
  }
  std::optional<Artifact> found;
  WATTLE_RETURN_IF_ERROR(session.query(
      "SELECT sha256, kind, state, bytes, content_bytes, created_ns, last_used_ns "
      "FROM artifacts WHERE sha256 = ?",
      {std::string(digest)}, [&found](const SqlRow& row) -> Status {
        WATTLE_ASSIGN_OR_RETURN(const ArtifactState state, state_of(row.text(2)));
        found =
            Artifact{.digest = row.text(0),
                     .kind = row.text(1) == "file" ? ArtifactKind::kFile : ArtifactKind::kFolder,
                     .state = state,
                     .bytes = row.integer(3),
                     .content_bytes = row.integer(4),
                     .created = {row.integer(5)},
                     .last_used = {row.integer(6)}};
        return {};
      }));
  return found;
}

Status require_artifact(Session& session, std::string_view digest) {
  WATTLE_ASSIGN_OR_RETURN(const auto artifact, find_artifact(session, digest));
  if (artifact && artifact->state == ArtifactState::kDamaged) {
    return Error(ErrorCode::kFailedPrecondition,
                 concat("artifact ", digest, " is damaged; store the same content again"));
  }
  if (!artifact || artifact->state != ArtifactState::kPresent) {
    return Error(ErrorCode::kNotFound, concat("there is no artifact ", digest));
  }
  return {};
}

Result<ArtifactTotals> artifact_totals(Session& session) {
  ArtifactTotals totals;
  WATTLE_RETURN_IF_ERROR(session.query("SELECT artifacts, bytes FROM artifact_totals WHERE id = 1",
                                       {}, [&totals](const SqlRow& row) {
                                         totals = {row.integer(0), row.integer(1)};
                                         return Status();
                                       }));
  return totals;
}

Status check_artifact_quota(Session& session, std::optional<std::int64_t> quota,
                            std::int64_t more) {
  if (!quota || more == 0) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto totals, artifact_totals(session));
  if (totals.bytes <= *quota && more <= *quota - totals.bytes) {
    return {};
  }
  return Error(
      ErrorCode::kFailedPrecondition,
      concat("artifacts take ", totals.bytes, " of the ", *quota, " bytes that they may, and ",
             more, " more do not fit; free some with `wattle gc`, or raise the quota"));
}

Status add_to_artifact_totals(Session& session, const ArtifactTotals& more) {
  return execute(session,
                 "INSERT INTO artifact_totals (id, artifacts, bytes) VALUES (1, ?, ?) "
                 "ON CONFLICT (id) DO UPDATE SET "
                 "artifacts = artifact_totals.artifacts + excluded.artifacts, "
                 "bytes = artifact_totals.bytes + excluded.bytes",
                 {more.artifacts, more.bytes});
}

Status set_artifact_state(Session& session, std::string_view digest, ArtifactState state) {
  return execute(session, "UPDATE artifacts SET state = ? WHERE sha256 = ?",
                 {std::string(to_text(state)), std::string(digest)});
}

Status publish_artifact_row(Session& session, const Artifact& artifact, ArtifactTotals& more) {
  WATTLE_ASSIGN_OR_RETURN(const auto there, find_artifact(session, artifact.digest));
  if (there) {
    // A file may have the very text of a manifest; as a folder it can be both.
    const auto& shape = there->kind == ArtifactKind::kFolder ? *there : artifact;
    return execute(session,
                   "UPDATE artifacts SET state = 'present', kind = ?, content_bytes = ?, "
                   "last_used_ns = ? WHERE sha256 = ?",
                   {std::string(to_text(shape.kind)), shape.content_bytes, artifact.last_used.ns,
                    artifact.digest});
  }
  ++more.artifacts;
  more.bytes += artifact.bytes;
  return execute(session,
                 "INSERT INTO artifacts "
                 "(sha256, kind, state, bytes, content_bytes, created_ns, last_used_ns) "
                 "VALUES (?, ?, 'present', ?, ?, ?, ?)",
                 {artifact.digest, std::string(to_text(artifact.kind)), artifact.bytes,
                  artifact.content_bytes, artifact.created.ns, artifact.last_used.ns});
}

Status publish_artifact_children(Session& session, std::string_view folder,
                                 const std::vector<std::string>& children) {
  for (const auto& child : children) {
    WATTLE_RETURN_IF_ERROR(execute(session,
                                   "INSERT INTO artifact_children (folder, child) VALUES (?, ?) "
                                   "ON CONFLICT (folder, child) DO NOTHING",
                                   {std::string(folder), child}));
  }
  return {};
}

Status remove_artifact_row(Session& session, std::string_view digest) {
  WATTLE_ASSIGN_OR_RETURN(const auto there, find_artifact(session, digest));
  if (!there) {
    return {};
  }
  const SqlValues key{std::string(digest)};
  WATTLE_RETURN_IF_ERROR(execute(session, "DELETE FROM artifact_children WHERE folder = ?", key));
  WATTLE_RETURN_IF_ERROR(execute(session, "DELETE FROM artifact_leases WHERE sha256 = ?", key));
  WATTLE_RETURN_IF_ERROR(execute(session, "DELETE FROM artifacts WHERE sha256 = ?", key));
  return add_to_artifact_totals(session, {-1, -there->bytes});
}

}  // namespace wattle::store
