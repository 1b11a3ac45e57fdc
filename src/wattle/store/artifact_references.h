// Who needs an artifact. What is referenced, pinned or leased, and the files of a folder that is,
// are never removed by a sweep. For use within the transaction that makes the owner's own row.
//
// Units:    UTC.
// Errors:   kNotFound: no such artifact, or it is being swept. kAlreadyExists: the owner has
//           another artifact of that name. kInvalidArgument: a digest that is none. Else as the
//           database.
// Threads:  as the Session. Lifetime: value types.
// See:      docs/reference/artifacts.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::store {

/// Owner kind of what a user asked to keep: its id is the user's own word for it.
inline constexpr std::string_view kPin = "pin";

/// One artifact of one owner: ("run", "01J…", "outputs/report"), ("model_version", "churn/3",
/// "model"), ("checkpoint", "01J…", "step-1200.pt"), ("pin", "paper", "figures").
struct ArtifactOwner {
  std::string kind;
  std::string id;
  std::string name;
  friend bool operator==(const ArtifactOwner&, const ArtifactOwner&) = default;
};

struct ArtifactReference {
  ArtifactOwner owner;
  std::string digest;
  std::string project;
  std::string actor;
  UtcTime created;
};

/// The same reference again is no error.
Status add_artifact_reference(Session& session, const ArtifactReference& reference);
/// Whether there was one. The grace of the artifact begins now.
Result<bool> remove_artifact_reference(Session& session, const ArtifactOwner& owner, UtcTime now);
/// All of an owner's; how many there were.
Result<std::int64_t> remove_artifact_references(Session& session, std::string_view owner_kind,
                                                std::string_view owner_id, UtcTime now);
/// By name.
Result<std::vector<ArtifactReference>> artifact_references_of(Session& session,
                                                              std::string_view owner_kind,
                                                              std::string_view owner_id);
Result<std::vector<ArtifactReference>> artifact_references_to(Session& session,
                                                              std::string_view digest);

/// A lease keeps its artifact until an instant, whoever dies: for what was stored and is not yet
/// referenced. kNotFound when the artifact is gone.
Status take_artifact_lease(Session& session, std::string_view digest, std::string_view token,
                           UtcTime until);
/// Nothing to let go is no error: the lease may have run out.
Status release_artifact_lease(Session& session, std::string_view token);

}  // namespace wattle::store
