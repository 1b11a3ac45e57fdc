#include "wattle/api/run_access.h"

namespace wattle::api {

std::optional<std::string> project_scope(const access::Identity& by) {
  const auto& range = by.grant().projects;
  return range.is_all() ? std::nullopt : std::optional(range.text());
}

Result<std::optional<std::string>> asked_project(const Call& call) {
  const auto project = call.query("project");
  if (!project) {
    return project_scope(call.identity());
  }
  WATTLE_RETURN_IF_ERROR(call.identity().require(access::Scope::kRead, *project));
  return project;
}

Result<job::JobRow> run_of(Services& services, const Call& call, access::Scope scope) {
  WATTLE_RETURN_IF_ERROR(services.take_in());
  auto& jobs = services.house.jobs();
  WATTLE_ASSIGN_OR_RETURN(const auto id,
                          jobs.find(call.path("run"), project_scope(call.identity())));
  WATTLE_ASSIGN_OR_RETURN(auto row, jobs.get(id));
  WATTLE_RETURN_IF_ERROR(call.identity().require(scope, row.project));
  return row;
}

}  // namespace wattle::api
