#include "wattle/registry/tags.h"

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/changes.h"
#include "wattle/registry/names.h"

namespace wattle::registry {

Status set_tags(store::Session& session, const Caller& caller, const TagOwner& owner,
                std::span<const KeyValue> tags) {
  if (tags.size() > limits::kLogBatch) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(tags.size(), " tags at once are more than ", limits::kLogBatch));
  }
  for (const auto& tag : tags) {
    WATTLE_RETURN_IF_ERROR(check_tag(tag));
    WATTLE_RETURN_IF_ERROR(session.execute(
        "INSERT INTO registry_tags (owner_kind, owner_id, key, value, project, actor) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (owner_kind, owner_id, key) DO UPDATE SET "
        "value = excluded.value, actor = excluded.actor",
        {owner.kind, owner.id, tag.key, tag.value, caller.project, caller.actor}));
  }
  return note_change(session, caller,
                     {owner.kind + ".tags", owner.id, {{"count", std::to_string(tags.size())}}});
}

Status delete_tag(store::Session& session, const Caller& caller, const TagOwner& owner,
                  const std::string& key) {
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t removed,
      session.execute("DELETE FROM registry_tags "
                      "WHERE owner_kind = ? AND owner_id = ? AND key = ? AND project = ?",
                      {owner.kind, owner.id, key, caller.project}));
  if (removed == 0) {
    return Error(ErrorCode::kNotFound,
                 concat(owner.kind, " ", owner.id, " has no tag '", key, "'"));
  }
  return note_change(session, caller, {owner.kind + ".tag_deleted", owner.id, {{"key", key}}});
}

Result<std::vector<KeyValue>> tags_of(store::Session& session, std::string_view project,
                                      const TagOwner& owner) {
  std::vector<KeyValue> found;
  WATTLE_RETURN_IF_ERROR(session.query(
      "SELECT key, value FROM registry_tags "
      "WHERE owner_kind = ? AND owner_id = ? AND project = ? ORDER BY key",
      {owner.kind, owner.id, std::string(project)}, [&found](const store::SqlRow& row) {
        found.push_back({row.text(0), row.text(1)});
        return Status();
      }));
  return found;
}

}  // namespace wattle::registry
