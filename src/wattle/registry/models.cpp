#include "wattle/registry/models.h"

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/changes.h"
#include "wattle/registry/names.h"

namespace wattle::registry {
namespace {

constexpr std::string_view kSelectModels =
    "SELECT id, project, name, description, actor, created_ns, updated_ns, last_number, version "
    "FROM models WHERE ";

Model read_model(const store::SqlRow& row) {
  return {.id = row.text(0),
          .project = row.text(1),
          .name = row.text(2),
          .description = row.text(3),
          .actor = row.text(4),
          .created = {row.integer(5)},
          .updated = {row.integer(6)},
          .last_number = row.integer(7),
          .version = row.integer(8)};
}

Status check_description(std::string_view description) {
  return description.size() <= limits::kDescriptionBytes
             ? Status()
             : Status(Error(ErrorCode::kInvalidArgument,
                            concat("a description has at most ", limits::kDescriptionBytes,
                                   " bytes, and this one has ", description.size())));
}

Error name_is_taken(std::string_view name) {
  return {ErrorCode::kAlreadyExists,
          concat("there is a model '", name, "' already; choose another name")};
}

}  // namespace

Result<Model> Models::find(std::string_view condition, const store::SqlValues& parameters,
                           std::string_view word) {
  std::optional<Model> found;
  WATTLE_RETURN_IF_ERROR(session_.query(concat(kSelectModels, condition), parameters,
                                        [&found](const store::SqlRow& row) {
                                          found = read_model(row);
                                          return Status();
                                        }));
  return found ? Result<Model>(*std::move(found))
               : Error(ErrorCode::kNotFound, concat("there is no model '", word, "'"));
}

Result<Model> Models::create(const Caller& caller, const std::string& id, const std::string& name,
                             const std::string& description) {
  WATTLE_RETURN_IF_ERROR(check_name("model", name));
  WATTLE_RETURN_IF_ERROR(check_description(description));
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t made,
      session_.execute(
          "INSERT INTO models (id, project, name, description, actor, created_ns, "
          "updated_ns, last_number, version) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1) "
          "ON CONFLICT (project, name) DO NOTHING",
          {id, caller.project, name, description, caller.actor, caller.now.ns, caller.now.ns}));
  if (made == 0) {
    return name_is_taken(name);
  }
  WATTLE_RETURN_IF_ERROR(note_change(session_, caller, {"model.created", id, {{"name", name}}}));
  return get(caller.project, id);
}

Result<Model> Models::get(std::string_view project, std::string_view id) {
  return find("id = ? AND project = ?", {std::string(id), std::string(project)}, id);
}

Result<Model> Models::get_by_name(std::string_view project, std::string_view name) {
  return find("project = ? AND name = ?", {std::string(project), std::string(name)}, name);
}

Result<std::vector<Model>> Models::list(std::string_view project, std::string_view after_name,
                                        std::size_t limit) {
  std::vector<Model> found;
  WATTLE_RETURN_IF_ERROR(session_.query(
      concat(kSelectModels, "project = ? AND name > ? ORDER BY name LIMIT ?"),
      {std::string(project), std::string(after_name), static_cast<std::int64_t>(limit)},
      [&found](const store::SqlRow& row) {
        found.push_back(read_model(row));
        return Status();
      }));
  return found;
}

Status Models::rename(const Caller& caller, const std::string& id, const std::string& name) {
  WATTLE_RETURN_IF_ERROR(check_name("model", name));
  WATTLE_ASSIGN_OR_RETURN(const Model old, get(caller.project, id));
  const auto other = get_by_name(caller.project, name);
  if (other.ok() && other->id != id) {
    return name_is_taken(name);
  }
  if (!other.ok() && other.error().code() != ErrorCode::kNotFound) {
    return other.error();
  }
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "UPDATE models SET name = ?, updated_ns = ?, version = version + 1 WHERE id = ?",
      {name, caller.now.ns, id}));
  return note_change(session_, caller, {"model.renamed", id, {{"from", old.name}, {"to", name}}});
}

Status Models::describe(const Caller& caller, const std::string& id,
                        const std::string& description) {
  WATTLE_RETURN_IF_ERROR(check_description(description));
  WATTLE_RETURN_IF_ERROR(get(caller.project, id));
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "UPDATE models SET description = ?, updated_ns = ?, version = version + 1 WHERE id = ?",
      {description, caller.now.ns, id}));
  return note_change(session_, caller, {"model.described", id, {}});
}

Status Models::set_alias(const Caller& caller, const std::string& model_id,
                         const std::string& alias, std::int64_t number) {
  WATTLE_RETURN_IF_ERROR(check_alias(alias));
  WATTLE_ASSIGN_OR_RETURN(const auto version, get_version(caller.project, model_id, number));
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "INSERT INTO model_aliases (model_id, alias, number, project, actor, moved_ns) "
      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (model_id, alias) DO UPDATE SET "
      "number = excluded.number, actor = excluded.actor, moved_ns = excluded.moved_ns",
      {model_id, alias, number, caller.project, caller.actor, caller.now.ns}));
  return note_change(
      session_, caller,
      {"model.alias_moved", model_id, {{"alias", alias}, {"to", std::to_string(version.number)}}});
}

Status Models::delete_alias(const Caller& caller, const std::string& model_id,
                            const std::string& alias) {
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t removed,
      session_.execute("DELETE FROM model_aliases WHERE model_id = ? AND alias = ? AND project = ?",
                       {model_id, alias, caller.project}));
  if (removed == 0) {
    return Error(ErrorCode::kNotFound, concat("the model has no alias '", alias, "'"));
  }
  return note_change(session_, caller, {"model.alias_deleted", model_id, {{"alias", alias}}});
}

Result<std::vector<Alias>> Models::aliases(std::string_view project, std::string_view model_id) {
  std::vector<Alias> found;
  WATTLE_RETURN_IF_ERROR(session_.query(
      "SELECT alias, number, actor, moved_ns FROM model_aliases "
      "WHERE model_id = ? AND project = ? ORDER BY alias",
      {std::string(model_id), std::string(project)}, [&found](const store::SqlRow& row) {
        found.push_back({.alias = row.text(0),
                         .number = row.integer(1),
                         .actor = row.text(2),
                         .moved = {row.integer(3)}});
        return Status();
      }));
  return found;
}

}  // namespace wattle::registry
