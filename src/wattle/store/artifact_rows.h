// The rows of artifacts: what is stored, in which state, and how much it is together.
//
// Units:    bytes, UTC.
// Errors:   kNotFound, kFailedPrecondition (the quota), kInvalidArgument (a digest that is none);
//           else as the database.
// Threads:  as the Session. Lifetime: value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::store {

enum class ArtifactKind { kFile, kFolder };
std::string_view to_text(ArtifactKind kind);

/// kDeleting: a sweep has begun to remove it; nobody may reference it any more, and storing the
/// same content makes it present again. kDamaged: a verification found its file missing or changed.
enum class ArtifactState { kPresent, kDeleting, kDamaged };
std::string_view to_text(ArtifactState state);

struct Artifact {
  std::string digest;
  ArtifactKind kind = ArtifactKind::kFile;
  ArtifactState state = ArtifactState::kPresent;
  std::int64_t bytes = 0;          // of its own file
  std::int64_t content_bytes = 0;  // of a folder: of all files in it; of a file: bytes
  UtcTime created;
  UtcTime last_used;
};

struct ArtifactTotals {
  std::int64_t artifacts = 0;
  std::int64_t bytes = 0;  // on the disk, each content once
};

Result<std::optional<Artifact>> find_artifact(Session& session, std::string_view digest);
/// kNotFound unless it is present.
Status require_artifact(Session& session, std::string_view digest);
Result<ArtifactTotals> artifact_totals(Session& session);
/// kFailedPrecondition when `more` bytes would go over the quota; no quota: never.
Status check_artifact_quota(Session& session, std::optional<std::int64_t> quota, std::int64_t more);

/// Its file is in its place and synced. A new row, which is counted in `more`, or the old one made
/// present.
Status publish_artifact_row(Session& session, const Artifact& artifact, ArtifactTotals& more);
Status add_to_artifact_totals(Session& session, const ArtifactTotals& more);
/// As verification and sweep find it.
Status set_artifact_state(Session& session, std::string_view digest, ArtifactState state);
/// A folder's files, once each; a folder that is published again has them already.
Status publish_artifact_children(Session& session, std::string_view folder,
                                 const std::vector<std::string>& children);
/// Removes the row of what a sweep has removed, and what hangs on it.
Status remove_artifact_row(Session& session, std::string_view digest);

}  // namespace wattle::store
