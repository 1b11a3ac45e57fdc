#include "wattle/cli/run_search.h"

#include <algorithm>
#include <array>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/experiments.h"
#include "wattle/registry/projects.h"
#include "wattle/registry/run_list.h"

namespace wattle::cli {
namespace {

constexpr const char* kDefaultProject = "default";

Status check_states(const std::vector<std::string>& states) {
  static constexpr std::array<std::string_view, 10> kStates{
      "pending",     "waiting",   "starting",  "running", "interrupting",
      "interrupted", "uploading", "succeeded", "failed",  "stopped"};
  for (const auto& state : states) {
    if (!job::job_state_from(state).ok()) {
      const auto near = nearest(state, kStates);
      return Error(
          ErrorCode::kInvalidArgument,
          concat("--state: a run is never '", state, "'; ",
                 near.empty() ? "its states are " : "did you mean '",
                 near.empty() ? join(std::vector<std::string>(kStates.begin(), kStates.end()), ", ")
                              : concat(near, "'?")));
    }
  }
  return {};
}

/// Where runs are looked for: one project, or, for lists by creation, all of them.
Result<std::vector<std::string>> projects_of(store::Session& session, const PsOptions& options) {
  if (options.project) {
    return std::vector{*options.project};
  }
  WATTLE_ASSIGN_OR_RETURN(auto projects, registry::projects(session));
  if (projects.empty()) {
    projects.emplace_back(kDefaultProject);  // so that what is asked is checked
  }
  if (projects.size() > 1 && !options.order.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("--order is of the runs of one project; add --project, one of ",
                        join(projects, ", ")));
  }
  return projects;
}

/// Nothing when the project has no such experiment.
Result<std::optional<registry::ListQuery>> query_of(store::Session& session,
                                                    const std::string& project,
                                                    const PsOptions& options) {
  registry::ListQuery query{.project = project,
                            .states = options.states,
                            .filter = options.filter,
                            .order_by = options.order};
  if (options.experiment) {
    WATTLE_ASSIGN_OR_RETURN(const auto experiment, registry::Experiments(session).find_by_name(
                                                       project, *options.experiment));
    if (!experiment) {
      return std::optional<registry::ListQuery>();
    }
    query.experiments = {experiment->id};
  }
  return std::optional(std::move(query));
}

/// Page after page, up to `limit` runs.
Result<std::vector<registry::Run>> list(store::Session& session, registry::ListQuery query,
                                        std::size_t limit) {
  std::vector<registry::Run> found;
  do {
    query.limit = std::min(limit - found.size(), limits::kListLimit);
    WATTLE_ASSIGN_OR_RETURN(auto page, registry::RunList(session).list(query));
    std::ranges::move(page.runs, std::back_inserter(found));
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty() && found.size() < limit);
  return found;
}

bool is_newer(const registry::Run& a, const registry::Run& b) {
  return std::pair(a.created, a.id) > std::pair(b.created, b.id);
}

Result<std::vector<registry::Run>> search(store::Session& session, const PsOptions& options,
                                          std::size_t limit) {
  WATTLE_ASSIGN_OR_RETURN(const auto projects, projects_of(session, options));
  std::vector<registry::Run> found;
  bool is_there = false;
  for (const auto& project : projects) {
    WATTLE_ASSIGN_OR_RETURN(const auto query, query_of(session, project, options));
    if (query) {
      is_there = true;
      WATTLE_ASSIGN_OR_RETURN(auto runs, list(session, *query, limit));
      std::ranges::move(runs, std::back_inserter(found));
    }
  }
  if (!is_there) {
    return Error(ErrorCode::kNotFound,
                 concat("there is no experiment '", *options.experiment, "'",
                        options.project ? concat(" in project ", *options.project) : ""));
  }
  if (projects.size() > 1) {
    std::ranges::sort(found, is_newer);
  }
  found.resize(std::min(found.size(), limit));
  return found;
}

}  // namespace

Result<std::vector<job::JobRow>> search_runs(job::JobHouse& house, const PsOptions& options,
                                             std::size_t limit) {
  WATTLE_RETURN_IF_ERROR(check_states(options.states));
  std::vector<registry::Run> found;
  WATTLE_RETURN_IF_ERROR(house.database().read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, search(session, options, limit));
    return {};
  }));
  std::vector<job::JobRow> rows;
  for (const auto& run : found) {
    auto row = house.jobs().get(run.id);
    // A run that was logged without the queue stands nowhere in it.
    if (!row.ok() && row.error().code() == ErrorCode::kNotFound) {
      continue;
    }
    WATTLE_RETURN_IF_ERROR(row.ok() ? Status() : Status(row.error()));
    rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace wattle::cli
