// /api/v1/runs: listed, shown, submitted, asked to stop, pause and go on.
#include "wattle/registry/runs.h"

#include "wattle/api/answer.h"
#include "wattle/api/operations.h"
#include "wattle/api/resources.h"
#include "wattle/api/run_access.h"
#include "wattle/api/run_messages.h"
#include "wattle/api/run_submission.h"
#include "wattle/base/limits.h"
#include "wattle/job/run_search.h"

namespace wattle::api {
namespace {

using access::Scope;
using net::HttpResponse;

constexpr std::size_t kUsualPage = 50;

Result<HttpResponse> list_runs(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto page, call.page(kUsualPage, limits::kListLimit));
  WATTLE_ASSIGN_OR_RETURN(const auto project, asked_project(call));
  WATTLE_RETURN_IF_ERROR(services.take_in());
  auto& jobs = services.house.jobs();
  WATTLE_ASSIGN_OR_RETURN(const auto found,
                          job::find_runs(jobs, {.project = project,
                                                .experiment = call.query("experiment"),
                                                .states = call.query_list("state"),
                                                .filter = call.query("filter").value_or(""),
                                                .order = call.query("order").value_or(""),
                                                .cursor = page.cursor,
                                                .limit = page.limit}));
  messages::Page<messages::RunSummary> answered{.items = {}, .next_cursor = found.next_cursor};
  WATTLE_ASSIGN_OR_RETURN(answered.items, run_summaries(jobs, found.rows));
  return answer(answered);
}

Result<HttpResponse> show_run(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto row, run_of(services, call, Scope::kRead));
  WATTLE_ASSIGN_OR_RETURN(const auto detail, run_detail(services.house.jobs(), row));
  return versioned_answer(detail);
}

Result<HttpResponse> show_receipt(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto row, run_of(services, call, Scope::kRead));
  WATTLE_ASSIGN_OR_RETURN(auto json, services.house.jobs().receipt_json(row.run));
  return json_answer(std::move(json));
}

std::string place_of(const std::string& run) {
  return "/api/v1/runs/" + run;
}

HttpResponse accepted_answer(const messages::RunAccepted& accepted) {
  return accepted.is_new ? created(accepted, place_of(accepted.id)) : answer(accepted);
}

Result<HttpResponse> submit_run(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto request, call.body<messages::RunRequest>());
  WATTLE_ASSIGN_OR_RETURN(const auto key, call.idempotency_key());
  WATTLE_ASSIGN_OR_RETURN(const auto accepted,
                          RunSubmission(services, call.identity()).submit(request, key));
  return accepted_answer(accepted);
}

Result<HttpResponse> plan_run(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto request, call.body<messages::RunRequest>());
  WATTLE_ASSIGN_OR_RETURN(const auto plan, RunSubmission(services, call.identity()).plan(request));
  return answer(plan);
}

Result<HttpResponse> retry_run(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto row, run_of(services, call, Scope::kWrite));
  WATTLE_ASSIGN_OR_RETURN(const auto key, call.idempotency_key());
  WATTLE_ASSIGN_OR_RETURN(const auto accepted,
                          RunSubmission(services, call.identity()).again(row, key));
  return accepted_answer(accepted);
}

Status resume(Services& services, const Call& call, const std::string& run) {
  WATTLE_RETURN_IF_ERROR(check_account(services, call.identity()));
  WATTLE_ASSIGN_OR_RETURN(const auto annex, services.open_annex(services.environment));
  return annex->house->resume(run);
}

Status act(Services& services, const Call& call, const std::string& run, messages::RunVerb verb) {
  switch (verb) {
    case messages::RunVerb::kStop:
      return services.house.ask(run, job::Wish::kStop);
    case messages::RunVerb::kKill:
      return services.house.ask(run, job::Wish::kKill);
    case messages::RunVerb::kPause:
      return services.house.ask(run, job::Wish::kPause);
    case messages::RunVerb::kResume:
      return resume(services, call, run);
  }
  return {};
}

/// Answers as soon as the wish is kept; what became of it, the run's stream tells.
Result<HttpResponse> act_on_run(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto row, run_of(services, call, Scope::kWrite));
  WATTLE_ASSIGN_OR_RETURN(const auto action, call.body<messages::RunAction>());
  WATTLE_RETURN_IF_ERROR(act(services, call, row.run, action.action));
  services.wake();
  WATTLE_ASSIGN_OR_RETURN(const auto now, services.house.jobs().get(row.run));
  WATTLE_ASSIGN_OR_RETURN(const auto summaries, run_summaries(services.house.jobs(), {now}));
  return answer(summaries.front(), 202);
}

Status change(store::Session& session, const registry::Caller& caller, const std::string& run,
              const messages::RunUpdate& update) {
  registry::Runs runs(session);
  WATTLE_ASSIGN_OR_RETURN(
      [[maybe_unused]] const auto changed,
      runs.update(caller, run, {.name = update.name, .expected_version = update.expected_version}));
  if (update.priority) {
    WATTLE_RETURN_IF_ERROR(job::JobStore::set_priority(session, run, *update.priority));
  }
  std::vector<registry::KeyValue> tags;
  for (const auto& [key, value] : update.tags.value_or(std::map<std::string, std::string>())) {
    tags.push_back({key, value});
  }
  WATTLE_RETURN_IF_ERROR(runs.set_tags(caller, run, tags));
  for (const auto& key : update.removed_tags.value_or(std::vector<std::string>())) {
    WATTLE_RETURN_IF_ERROR(runs.delete_tag(caller, run, key));
  }
  return {};
}

Result<HttpResponse> update_run(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto row, run_of(services, call, Scope::kWrite));
  WATTLE_ASSIGN_OR_RETURN(auto update, call.body<messages::RunUpdate>());
  WATTLE_ASSIGN_OR_RETURN(const auto expected, call.expected_version());
  update.expected_version = expected ? expected : update.expected_version;
  const registry::Caller caller{
      .project = row.project, .actor = call.identity().actor(), .now = call.now()};
  WATTLE_RETURN_IF_ERROR(services.house.database().write(
      [&](store::Session& session) { return change(session, caller, row.run, update); }));
  WATTLE_ASSIGN_OR_RETURN(const auto now, services.house.jobs().get(row.run));
  WATTLE_ASSIGN_OR_RETURN(const auto detail, run_detail(services.house.jobs(), now));
  return versioned_answer(detail);
}

using AddRoute = std::function<void(Operation, Result<HttpResponse> (*)(Services&, const Call&))>;

void add_queue_routes(const AddRoute& route) {
  route(
      {.method = HttpMethod::kGet,
       .path = "/api/v1/runs",
       .id = "listRuns",
       .summary = "Runs, the newest first",
       .description = "Without conditions: every run of the queue. With them: those for which "
                      "they hold, in the order that is asked for.",
       .parameters = {project_parameter(), limit_parameter(limits::kListLimit), cursor_parameter(),
                      query_parameter("experiment", "Only of the experiment of this name."),
                      query_parameter("state", "Only in one of these states, by commas."),
                      query_parameter("filter", "metrics.accuracy > 0.9 AND params.lr = '0.1'"),
                      query_parameter("order", "metrics.accuracy DESC, of one project.")},
       .responses = {response_of<messages::Page<messages::RunSummary>>("A page of them.")},
       .scope = "read"},
      list_runs);
  route({.method = HttpMethod::kPost,
         .path = "/api/v1/runs",
         .id = "submitRun",
         .summary = "Have a job run",
         .description = "The job is read, checked against the server's host and put into the "
                        "queue. From the answer on the run exists, whatever happens.",
         .parameters = {idempotency_parameter()},
         .request = body_of<messages::RunRequest>("What is to run."),
         .responses = {response_of<messages::RunAccepted>("It is in the queue.", 201),
                       response_of<messages::RunAccepted>("The key named this run already.")},
         .scope = "write"},
        submit_run);
  route({.method = HttpMethod::kPost,
         .path = "/api/v1/plans",
         .id = "planRun",
         .summary = "What would run, and what it would take",
         .request = body_of<messages::RunRequest>("What would run."),
         .responses = {response_of<messages::RunPlan>("Nothing was started or written.")},
         .scope = "write"},
        plan_run);
}

void add_single_run_routes(const AddRoute& route) {
  route({.method = HttpMethod::kGet,
         .path = "/api/v1/runs/{run}",
         .id = "getRun",
         .summary = "A run with all that is known of it",
         .parameters = {run_parameter()},
         .responses = {response_of<messages::RunDetail>("The run.")},
         .scope = "read"},
        show_run);
  route({.method = HttpMethod::kPatch,
         .path = "/api/v1/runs/{run}",
         .id = "updateRun",
         .summary = "Change what is said of a run",
         .parameters = {run_parameter(), version_parameter()},
         .request = body_of<messages::RunUpdate>("What changes."),
         .responses = {response_of<messages::RunDetail>("The run as it is now.")},
         .scope = "write"},
        update_run);
  route({.method = HttpMethod::kGet,
         .path = "/api/v1/runs/{run}/receipt",
         .id = "getReceipt",
         .summary = "What a run used, emitted and cost",
         .parameters = {run_parameter()},
         .responses = {response_of<messages::Receipt>("Schema wattle.receipt.v1.")},
         .scope = "read"},
        show_receipt);
  route({.method = HttpMethod::kPost,
         .path = "/api/v1/runs/{run}/actions",
         .id = "actOnRun",
         .summary = "Ask a run to stop, to pause, or to go on",
         .description = "Answers once the wish is kept; what became of it, the run's stream tells.",
         .parameters = {run_parameter(), idempotency_parameter()},
         .request = body_of<messages::RunAction>("What is asked."),
         .responses = {response_of<messages::RunSummary>("The wish is kept.", 202)},
         .scope = "write"},
        act_on_run);
  route({.method = HttpMethod::kPost,
         .path = "/api/v1/runs/{run}/retry",
         .id = "retryRun",
         .summary = "Run the same job again, as a new run",
         .parameters = {run_parameter(), idempotency_parameter()},
         .responses = {response_of<messages::RunAccepted>("It is in the queue.", 201),
                       response_of<messages::RunAccepted>("The key named this run already.")},
         .scope = "write"},
        retry_run);
}

}  // namespace

void add_run_routes(Router& router, Services& services) {
  const AddRoute route = [&](Operation operation, auto handle) {
    operation.tags = {"runs"};
    router.add(std::move(operation),
               [&services, handle](const Call& call) { return handle(services, call); });
  };
  add_queue_routes(route);
  add_single_run_routes(route);
}

}  // namespace wattle::api
