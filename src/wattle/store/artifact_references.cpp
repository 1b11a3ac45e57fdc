#include "wattle/store/artifact_references.h"

#include "wattle/base/text.h"
#include "wattle/store/artifact_layout.h"
#include "wattle/store/artifact_rows.h"

namespace wattle::store {
namespace {

constexpr std::string_view kSelect =
    "SELECT owner_kind, owner_id, name, sha256, project, actor, created_ns "
    "FROM artifact_references WHERE ";

Result<std::vector<ArtifactReference>> select(Session& session, std::string_view condition,
                                              const SqlValues& parameters) {
  std::vector<ArtifactReference> found;
  WATTLE_RETURN_IF_ERROR(
      session.query(concat(kSelect, condition), parameters, [&found](const SqlRow& row) {
        found.push_back({.owner = {row.text(0), row.text(1), row.text(2)},
                         .digest = row.text(3),
                         .project = row.text(4),
                         .actor = row.text(5),
                         .created = {row.integer(6)}});
        return Status();
      }));
  return found;
}

Result<std::optional<std::string>> digest_of(Session& session, const ArtifactOwner& owner) {
  std::optional<std::string> digest;
  WATTLE_RETURN_IF_ERROR(session.query(
      "SELECT sha256 FROM artifact_references WHERE owner_kind = ? AND owner_id = ? AND name = ?",
      {owner.kind, owner.id, owner.name}, [&digest](const SqlRow& row) {
        digest = row.text(0);
        return Status();
      }));
  return digest;
}

Status touch(Session& session, std::string_view digest, UtcTime now) {
  auto touched = session.execute("UPDATE artifacts SET last_used_ns = ? WHERE sha256 = ?",
                                 {now.ns, std::string(digest)});
  return touched.ok() ? Status() : Status(touched.error());
}

}  // namespace

Status add_artifact_reference(Session& session, const ArtifactReference& reference) {
  WATTLE_RETURN_IF_ERROR(require_artifact(session, reference.digest));
  const auto& owner = reference.owner;
  WATTLE_ASSIGN_OR_RETURN(const auto there, digest_of(session, owner));
  if (there) {
    return *there == reference.digest
               ? Status()
               : Status(Error(ErrorCode::kAlreadyExists,
                              concat(owner.kind, " ", owner.id, " already has the artifact '",
                                     owner.name, "', with other content; choose another name")));
  }
  auto inserted = session.execute(
      "INSERT INTO artifact_references "
      "(owner_kind, owner_id, name, sha256, project, actor, created_ns) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      {owner.kind, owner.id, owner.name, reference.digest, reference.project, reference.actor,
       reference.created.ns});
  return inserted.ok() ? Status() : Status(inserted.error());
}

Result<bool> remove_artifact_reference(Session& session, const ArtifactOwner& owner, UtcTime now) {
  WATTLE_ASSIGN_OR_RETURN(const auto digest, digest_of(session, owner));
  if (!digest) {
    return false;
  }
  WATTLE_RETURN_IF_ERROR(touch(session, *digest, now));
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t removed,
      session.execute(
          "DELETE FROM artifact_references WHERE owner_kind = ? AND owner_id = ? AND name = ?",
          {owner.kind, owner.id, owner.name}));
  return removed > 0;
}

Result<std::int64_t> remove_artifact_references(Session& session, std::string_view owner_kind,
                                                std::string_view owner_id, UtcTime now) {
  WATTLE_ASSIGN_OR_RETURN(const auto references,
                          artifact_references_of(session, owner_kind, owner_id));
  for (const auto& reference : references) {
    WATTLE_RETURN_IF_ERROR(touch(session, reference.digest, now));
  }
  return session.execute("DELETE FROM artifact_references WHERE owner_kind = ? AND owner_id = ?",
                         {std::string(owner_kind), std::string(owner_id)});
}

Result<std::vector<ArtifactReference>> artifact_references_of(Session& session,
                                                              std::string_view owner_kind,
                                                              std::string_view owner_id) {
  return select(session, "owner_kind = ? AND owner_id = ? ORDER BY name",
                {std::string(owner_kind), std::string(owner_id)});
}

Result<std::vector<ArtifactReference>> artifact_references_to(Session& session,
                                                              std::string_view digest) {
  return select(session, "sha256 = ? ORDER BY owner_kind, owner_id, name", {std::string(digest)});
}

Status take_artifact_lease(Session& session, std::string_view digest, std::string_view token,
                           UtcTime until) {
  WATTLE_RETURN_IF_ERROR(require_artifact(session, digest));
  auto taken = session.execute(
      "INSERT INTO artifact_leases (sha256, token, until_ns) VALUES (?, ?, ?) "
      "ON CONFLICT (sha256, token) DO UPDATE SET until_ns = excluded.until_ns",
      {std::string(digest), std::string(token), until.ns});
  return taken.ok() ? Status() : Status(taken.error());
}

Status release_artifact_lease(Session& session, std::string_view token) {
  auto released =
      session.execute("DELETE FROM artifact_leases WHERE token = ?", {std::string(token)});
  return released.ok() ? Status() : Status(released.error());
}

}  // namespace wattle::store
