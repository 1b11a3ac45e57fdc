#include "wattle/access/projects.h"

#include <utility>

#include "wattle/access/changes.h"
#include "wattle/access/names.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

Result<std::vector<Project>> select(store::Session& session, std::string_view condition,
                                    const store::SqlValues& parameters) {
  std::vector<Project> found;
  WATTLE_RETURN_IF_ERROR(
      session.query(concat("SELECT name, description, actor, created_ns, version "
                           "FROM access_projects WHERE ",
                           condition),
                    parameters, [&found](const store::SqlRow& row) {
                      found.push_back({.name = row.text(0),
                                       .description = row.text(1),
                                       .actor = row.text(2),
                                       .created = {row.integer(3)},
                                       .version = row.integer(4)});
                      return Status();
                    }));
  return found;
}

Result<Project> find_project(store::Session& session, std::string_view name) {
  WATTLE_ASSIGN_OR_RETURN(auto found, select(session, "name = ?", {std::string(name)}));
  return found.empty()
             ? Result<Project>(Error(
                   ErrorCode::kNotFound,
                   concat("there is no project '", name.substr(0, limits::kAccessNameBytes), "'")))
             : Result<Project>(std::move(found.front()));
}

/// False when it was there.
Result<bool> insert(store::Session& session, const Project& project) {
  WATTLE_ASSIGN_OR_RETURN(
      const auto made,
      session.execute("INSERT INTO access_projects (name, description, actor, created_ns, version) "
                      "VALUES (?, ?, ?, ?, 1) ON CONFLICT (name) DO NOTHING",
                      {project.name, project.description, project.actor, project.created.ns}));
  if (made == 0) {
    return false;
  }
  // Counted with the new one, so that a project that is there already needs no room.
  WATTLE_RETURN_IF_ERROR(check_room(session, "SELECT COUNT(*) FROM access_projects", {},
                                    limits::kProjects + 1, "use one that is there"));
  WATTLE_RETURN_IF_ERROR(note_change(session, {project.actor, project.created},
                                     {.topic = "access.project_created",
                                      .project = project.name,
                                      .subject = project.name,
                                      .details = {}}));
  return true;
}

}  // namespace

Result<Project> Projects::create(const Identity& by, const std::string& name,
                                 const std::string& description) {
  WATTLE_RETURN_IF_ERROR(check_name("project", name));
  WATTLE_RETURN_IF_ERROR(check_description("description of the project", description));
  WATTLE_RETURN_IF_ERROR(by.require_everywhere(Scope::kAdmin));
  Project project{
      .name = name, .description = description, .actor = by.actor(), .created = clock_.utc_now()};
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const bool is_new, insert(session, project));
    return is_new ? Status()
                  : Status(Error(ErrorCode::kAlreadyExists, concat("there is a project '", name,
                                                                   "' already; use it, or "
                                                                   "choose another name")));
  });
  WATTLE_RETURN_IF_ERROR(status);
  return project;
}

Status Projects::ensure(store::Session& session, const Identity& by, const std::string& name,
                        UtcTime now) {
  WATTLE_RETURN_IF_ERROR(check_name("project", name));
  WATTLE_RETURN_IF_ERROR(by.require(Scope::kWrite, name));
  WATTLE_RETURN_IF_ERROR(
      insert(session, {.name = name, .description = "", .actor = by.actor(), .created = now}));
  return {};
}

Result<Project> Projects::get(std::string_view name) {
  std::optional<Project> found;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, find_project(session, name));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return *std::move(found);
}

Result<std::vector<Project>> Projects::list(std::string_view after, std::size_t limit) {
  std::vector<Project> found;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, select(session, "name > ? ORDER BY name LIMIT ?",
                                          {std::string(after), page_size(limit)}));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return found;
}

Result<Project> Projects::update(const Identity& by, std::string_view name,
                                 const std::string& description,
                                 std::optional<std::int64_t> expected) {
  WATTLE_RETURN_IF_ERROR(check_description("description of the project", description));
  WATTLE_RETURN_IF_ERROR(by.require(Scope::kAdmin, name));
  const Author author{by.actor(), clock_.utc_now()};
  std::optional<Project> now;
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(now, find_project(session, name));
    WATTLE_RETURN_IF_ERROR(check_version(concat("project '", name, "'"), now->version, expected));
    if (now->description == description) {
      return {};
    }
    now->description = description;
    ++now->version;
    WATTLE_RETURN_IF_ERROR(session.execute(
        "UPDATE access_projects SET description = ?, version = version + 1 WHERE name = ?",
        {description, now->name}));
    return note_change(session, author,
                       {.topic = "access.project_updated",
                        .project = now->name,
                        .subject = now->name,
                        .details = {}});
  });
  WATTLE_RETURN_IF_ERROR(status);
  return *std::move(now);
}

}  // namespace wattle::access
