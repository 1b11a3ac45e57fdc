#include "wattle/registry/experiments.h"

#include "wattle/base/text.h"
#include "wattle/registry/changes.h"
#include "wattle/registry/names.h"

namespace wattle::registry {
namespace {

constexpr std::string_view kSelectExperiments =
    "SELECT id, project, name, lifecycle, actor, created_ns, updated_ns, version "
    "FROM experiments WHERE ";

Experiment read_experiment(const store::SqlRow& row) {
  return {.id = row.text(0),
          .project = row.text(1),
          .name = row.text(2),
          .lifecycle = row.text(3) == "active" ? Lifecycle::kActive : Lifecycle::kDeleted,
          .actor = row.text(4),
          .created = {row.integer(5)},
          .updated = {row.integer(6)},
          .version = row.integer(7)};
}

Error no_experiment(std::string_view id) {
  return {ErrorCode::kNotFound, concat("there is no experiment '", id, "'")};
}

}  // namespace

Result<std::optional<Experiment>> Experiments::find(std::string_view condition,
                                                    const store::SqlValues& parameters) {
  std::optional<Experiment> found;
  WATTLE_RETURN_IF_ERROR(session_.query(concat(kSelectExperiments, condition), parameters,
                                        [&found](const store::SqlRow& row) {
                                          found = read_experiment(row);
                                          return Status();
                                        }));
  return found;
}

Result<Experiment> Experiments::create(const Caller& caller, const std::string& id,
                                       const std::string& name) {
  WATTLE_RETURN_IF_ERROR(check_name("experiment", name));
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t made,
      session_.execute(
          "INSERT INTO experiments "
          "(id, project, name, lifecycle, actor, created_ns, updated_ns, version) "
          "VALUES (?, ?, ?, 'active', ?, ?, ?, 1) ON CONFLICT (project, name) DO NOTHING",
          {id, caller.project, name, caller.actor, caller.now.ns, caller.now.ns}));
  if (made == 0) {
    return Error(ErrorCode::kAlreadyExists,
                 concat("there is an experiment '", name, "' already; choose another name"));
  }
  WATTLE_RETURN_IF_ERROR(
      note_change(session_, caller, {"experiment.created", id, {{"name", name}}}));
  return get(caller.project, id);
}

Result<Experiment> Experiments::get_or_create(const Caller& caller, const std::string& id,
                                              const std::string& name) {
  WATTLE_ASSIGN_OR_RETURN(auto found, find_by_name(caller.project, name));
  if (!found) {
    return create(caller, id, name);
  }
  if (found->lifecycle == Lifecycle::kDeleted) {
    return Error(ErrorCode::kFailedPrecondition,
                 concat("the experiment '", name, "' is deleted; restore it, or use another name"));
  }
  return *std::move(found);
}

Result<Experiment> Experiments::get(std::string_view project, std::string_view id) {
  WATTLE_ASSIGN_OR_RETURN(auto found,
                          find("id = ? AND project = ?", {std::string(id), std::string(project)}));
  return found ? Result<Experiment>(*std::move(found)) : no_experiment(id);
}

Result<std::optional<Experiment>> Experiments::find_by_name(std::string_view project,
                                                            std::string_view name) {
  return find("project = ? AND name = ?", {std::string(project), std::string(name)});
}

Result<std::vector<Experiment>> Experiments::list(std::string_view project, Lifecycle lifecycle,
                                                  std::size_t limit,
                                                  const std::optional<Experiment>& before) {
  std::string sql = concat(kSelectExperiments, "project = ? AND lifecycle = ?");
  store::SqlValues parameters{std::string(project), to_text(lifecycle)};
  if (before) {
    sql += " AND (created_ns, id) < (?, ?)";
    parameters.emplace_back(before->created.ns);
    parameters.emplace_back(before->id);
  }
  sql += " ORDER BY created_ns DESC, id DESC LIMIT ?";
  parameters.emplace_back(static_cast<std::int64_t>(limit));
  std::vector<Experiment> found;
  WATTLE_RETURN_IF_ERROR(session_.query(sql, parameters, [&found](const store::SqlRow& row) {
    found.push_back(read_experiment(row));
    return Status();
  }));
  return found;
}

Status Experiments::rename(const Caller& caller, const std::string& id, const std::string& name,
                           std::optional<std::int64_t> expected) {
  WATTLE_RETURN_IF_ERROR(check_name("experiment", name));
  WATTLE_ASSIGN_OR_RETURN(const Experiment old, get(caller.project, id));
  WATTLE_RETURN_IF_ERROR(check_version(concat("experiment ", id), old.version, expected));
  WATTLE_ASSIGN_OR_RETURN(const auto other, find_by_name(caller.project, name));
  if (other && other->id != id) {
    return Error(ErrorCode::kAlreadyExists,
                 concat("there is an experiment '", name, "' already; choose another name"));
  }
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "UPDATE experiments SET name = ?, updated_ns = ?, version = version + 1 WHERE id = ?",
      {name, caller.now.ns, id}));
  return note_change(session_, caller,
                     {"experiment.renamed", id, {{"from", old.name}, {"to", name}}});
}

Status Experiments::set_lifecycle(const Caller& caller, const std::string& id,
                                  Lifecycle lifecycle) {
  WATTLE_ASSIGN_OR_RETURN(const Experiment old, get(caller.project, id));
  if (old.lifecycle == lifecycle) {
    return {};
  }
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "UPDATE experiments SET lifecycle = ?, updated_ns = ?, version = version + 1 WHERE id = ?",
      {to_text(lifecycle), caller.now.ns, id}));
  const bool is_deleted = lifecycle == Lifecycle::kDeleted;
  return note_change(session_, caller,
                     {is_deleted ? "experiment.deleted" : "experiment.restored", id, {}});
}

}  // namespace wattle::registry
