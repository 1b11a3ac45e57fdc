#include "wattle/job/run_search.h"

#include <algorithm>
#include <array>
#include <map>

#include <nlohmann/json.hpp>

#include "wattle/base/ids.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/experiments.h"
#include "wattle/registry/projects.h"
#include "wattle/registry/run_list.h"

namespace wattle::job {
namespace {

constexpr const char* kDefaultProject = "default";

Status check_states(const std::vector<std::string>& states) {
  static constexpr std::array<std::string_view, 10> kStates{
      "pending",     "waiting",   "starting",  "running", "interrupting",
      "interrupted", "uploading", "succeeded", "failed",  "stopped"};
  for (const auto& state : states) {
    if (!job_state_from(state).ok()) {
      const auto near = nearest(state, kStates);
      return Error(
          ErrorCode::kInvalidArgument,
          concat("state: a run is never '", state, "'; ",
                 near.empty() ? "its states are " : "did you mean '",
                 near.empty() ? join(std::vector<std::string>(kStates.begin(), kStates.end()), ", ")
                              : concat(near, "'?")));
    }
  }
  return {};
}

/// One project's runs that meet the query, in a page of their own.
struct Strand {
  registry::ListQuery query;
  registry::RunPage page;
  std::size_t taken = 0;
};

bool is_newer(const registry::Run& a, const registry::Run& b) {
  return std::pair(a.created, a.id) > std::pair(b.created, b.id);
}

/// A search over one project, or over all of them side by side. The cursor of such a page tells how
/// far each project has come.
class Search {
 public:
  Search(store::Session& session, const RunQuery& query) : session_(session), query_(query) {}

  Result<registry::RunPage> page() {
    WATTLE_RETURN_IF_ERROR(read_cursor());
    WATTLE_RETURN_IF_ERROR(open_strands());
    registry::RunPage merged;
    while (merged.runs.size() < query_.limit) {
      auto* strand = newest();
      if (strand == nullptr) {
        break;
      }
      merged.runs.push_back(std::move(strand->page.runs[strand->taken++]));
    }
    WATTLE_ASSIGN_OR_RETURN(merged.next_cursor, cursor());
    return merged;
  }

 private:
  static Error no_cursor() {
    return {ErrorCode::kInvalidArgument,
            "the cursor is not one of this listing; begin with the first page again"};
  }

  Status read_cursor() {
    if (query_.cursor.empty()) {
      return {};
    }
    const auto json = nlohmann::json::parse(query_.cursor, nullptr, false);
    if (!json.is_object()) {
      return no_cursor();
    }
    for (const auto& [project, place] : json.items()) {
      if (!place.is_string()) {
        return no_cursor();
      }
      places_[project] = place.get<std::string>();
    }
    return {};
  }

  Result<std::vector<std::string>> projects() {
    if (query_.project) {
      return std::vector{*query_.project};
    }
    WATTLE_ASSIGN_OR_RETURN(auto all, registry::projects(session_));
    if (all.empty()) {
      all.emplace_back(kDefaultProject);  // so that what is asked is checked
    }
    if (all.size() > 1 && !query_.order.empty()) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("order: it is of the runs of one project; name the project, one of ",
                          join(all, ", ")));
    }
    return all;
  }

  Status open_strands() {
    WATTLE_ASSIGN_OR_RETURN(const auto all, projects());
    bool is_there = !query_.experiment;
    for (const auto& project : all) {
      WATTLE_ASSIGN_OR_RETURN(const bool has_experiment, open_strand(project));
      is_there = is_there || has_experiment;
    }
    return is_there ? Status()
                    : Error(ErrorCode::kNotFound,
                            concat("there is no experiment '", *query_.experiment, "'",
                                   query_.project ? concat(" in project ", *query_.project) : ""));
  }

  /// False when the project has no such experiment.
  Result<bool> open_strand(const std::string& project) {
    Strand strand{.query = {.project = project,
                            .states = query_.states,
                            .filter = query_.filter,
                            .order_by = query_.order,
                            .limit = std::min(query_.limit, limits::kListLimit)}};
    if (query_.experiment) {
      WATTLE_ASSIGN_OR_RETURN(const auto experiment, registry::Experiments(session_).find_by_name(
                                                         project, *query_.experiment));
      if (!experiment) {
        return false;
      }
      strand.query.experiments = {experiment->id};
    }
    const auto place = places_.find(project);
    if (place == places_.end() && !query_.cursor.empty()) {
      return true;  // it had come to its end
    }
    strand.query.cursor = place == places_.end() ? "" : place->second;
    WATTLE_ASSIGN_OR_RETURN(strand.page, registry::RunList(session_).list(strand.query));
    strands_.push_back(std::move(strand));
    return true;
  }

  Strand* newest() {
    Strand* found = nullptr;
    for (auto& strand : strands_) {
      const auto has_more = strand.taken < strand.page.runs.size();
      if (has_more && (found == nullptr || is_newer(strand.page.runs[strand.taken],
                                                    found->page.runs[found->taken]))) {
        found = &strand;
      }
    }
    return found;
  }

  /// Where the strand goes on; nullopt when it has come to its end.
  Result<std::optional<std::string>> place_of(Strand& strand) {
    if (strand.taken == strand.page.runs.size()) {
      return strand.page.next_cursor.empty() ? std::nullopt
                                             : std::optional(strand.page.next_cursor);
    }
    if (strand.taken > 0) {  // the page that ends with the last one taken tells its place
      strand.query.limit = strand.taken;
      WATTLE_ASSIGN_OR_RETURN(const auto shorter, registry::RunList(session_).list(strand.query));
      return std::optional(shorter.next_cursor);
    }
    return std::optional(strand.query.cursor);
  }

  Result<std::string> cursor() {
    auto places = nlohmann::json::object();
    for (auto& strand : strands_) {
      WATTLE_ASSIGN_OR_RETURN(const auto place, place_of(strand));
      if (place) {
        places[strand.query.project] = *place;
      }
    }
    return places.empty() ? "" : places.dump();
  }

  store::Session& session_;
  const RunQuery& query_;
  std::map<std::string, std::string> places_;  // by project
  std::vector<Strand> strands_;
};

Result<JobPage> list_newest(JobStore& jobs, const RunQuery& query) {
  if (!query.cursor.empty() && !is_ulid(query.cursor)) {
    return Error(ErrorCode::kInvalidArgument,
                 "the cursor is not one of this listing; begin with the first page again");
  }
  JobPage page;
  const auto limit = std::min(query.limit, limits::kListLimit);
  WATTLE_ASSIGN_OR_RETURN(
      page.rows, jobs.newest(limit + 1, {.project = query.project, .before = query.cursor}));
  if (page.rows.size() > limit) {
    page.rows.pop_back();
    page.next_cursor = page.rows.back().run;
  }
  return page;
}

}  // namespace

Result<JobPage> find_runs(JobStore& jobs, const RunQuery& query) {
  WATTLE_RETURN_IF_ERROR(check_states(query.states));
  if (query.limit == 0) {
    return Error(ErrorCode::kInvalidArgument, "limit: a page has at least one run");
  }
  if (!query.is_search()) {
    return list_newest(jobs, query);
  }
  registry::RunPage found;
  WATTLE_RETURN_IF_ERROR(jobs.database().read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, Search(session, query).page());
    return {};
  }));
  JobPage page{.rows = {}, .next_cursor = std::move(found.next_cursor)};
  for (const auto& run : found.runs) {
    auto row = jobs.get(run.id);
    // A run that was logged without the queue stands nowhere in it.
    if (!row.ok() && row.error().code() == ErrorCode::kNotFound) {
      continue;
    }
    WATTLE_RETURN_IF_ERROR(row.ok() ? Status() : Status(row.error()));
    page.rows.push_back(std::move(*row));
  }
  return page;
}

}  // namespace wattle::job
