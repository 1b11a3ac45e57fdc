#include "wattle/api/run_messages.h"

#include "wattle/executor/executor.h"
#include "wattle/messages/receipt.h"
#include "wattle/registry/experiments.h"
#include "wattle/registry/runs.h"

namespace wattle::api {
namespace {

using messages::RunSummary;
using store::Session;

messages::RunState state_of(job::JobState state) {
  return messages::value_of_word<messages::RunState>(job::to_string(state))
      .value_or(messages::RunState::kPending);
}

messages::RunWish wish_of(job::Wish wish) {
  return messages::value_of_word<messages::RunWish>(job::to_string(wish))
      .value_or(messages::RunWish::kNone);
}

void fill_from_row(RunSummary& summary, const job::JobRow& row) {
  summary.id = row.run;
  summary.name = row.name;
  summary.project = row.project;
  summary.kind = row.kind;
  summary.state = state_of(row.state);
  summary.frozen = row.is_frozen;
  summary.reason = row.reason;
  summary.priority = row.priority;
  summary.attempt = row.attempt;
  summary.created_at = row.created;
  summary.state_since = row.changed;
  summary.actor = row.actor;
  summary.wish = wish_of(row.wish);
  summary.exhausted_budget = row.exhausted_budget;
}

void fill_from_receipt(RunSummary& summary, const messages::Receipt& receipt) {
  summary.wall_seconds = receipt.time.wall_seconds;
  summary.energy_joules.emplace();
  summary.grams_co2e.emplace();
  if (receipt.energy.is_metered()) {
    summary.energy = receipt.energy.joules;
    *summary.energy_joules = receipt.energy.joules->value;
  }
  if (receipt.carbon) {
    summary.emissions = receipt.carbon->operational_grams;
    *summary.grams_co2e = receipt.carbon->operational_grams.value;
  }
  summary.metrics.emplace(receipt.metrics.begin(), receipt.metrics.end());
}

/// The run's row in the registry: its experiment, and the version that changes of it expect.
Status fill_from_registry(RunSummary& summary, Session& session) {
  const auto run = registry::Runs(session).get(summary.project, summary.id);
  if (!run.ok()) {
    return run.error().code() == ErrorCode::kNotFound ? Status() : Status(run.error());
  }
  WATTLE_ASSIGN_OR_RETURN(const auto experiment,
                          registry::Experiments(session).get(summary.project, run->experiment_id));
  summary.version = run->version;
  summary.experiment = experiment.name;
  return {};
}

/// Its JSON; nothing before there is one.
Result<std::optional<std::string>> receipt_text(job::JobStore& jobs, const std::string& run) {
  auto json = jobs.receipt_json(run);
  if (json.ok()) {
    return std::optional(std::move(*json));
  }
  return json.error().code() == ErrorCode::kNotFound
             ? Result<std::optional<std::string>>(std::optional<std::string>())
             : json.error();
}

Result<std::optional<std::string>> fill_summary(RunSummary& summary, job::JobStore& jobs,
                                                const job::JobRow& row) {
  fill_from_row(summary, row);
  WATTLE_ASSIGN_OR_RETURN(auto text, receipt_text(jobs, row.run));
  if (text) {
    WATTLE_ASSIGN_OR_RETURN(const auto receipt, messages::parse_receipt(*text));
    fill_from_receipt(summary, receipt);
  }
  return text;
}

std::vector<messages::Transition> history_of(const std::vector<job::Transition>& steps) {
  std::vector<messages::Transition> history;
  for (const auto& step : steps) {
    history.push_back({.from = state_of(step.from),
                       .to = state_of(step.to),
                       .at = step.at,
                       .attempt = step.attempt,
                       .reason = step.reason});
  }
  return history;
}

messages::Attempt attempt_of(const job::AttemptRow& row) {
  messages::Attempt attempt{.number = row.number, .started_at = row.started};
  if (row.ended) {
    attempt.ended_at = row.ended;
    attempt.outcome = row.outcome;
    attempt.exit_code = row.exit_code;
    attempt.signal = row.signal;
  }
  return attempt;
}

/// What was logged of it: parameters, tags, the last value of each metric.
Status fill_logged(messages::RunDetail& detail, Session& session) {
  registry::Runs runs(session);
  WATTLE_ASSIGN_OR_RETURN(const auto params, runs.params(detail.id));
  WATTLE_ASSIGN_OR_RETURN(const auto tags, runs.tags(detail.id));
  WATTLE_ASSIGN_OR_RETURN(const auto metrics, runs.metrics(detail.id));
  for (const auto& param : params) {
    detail.params[param.key] = param.value;
  }
  for (const auto& tag : tags) {
    detail.tags[tag.key] = tag.value;
  }
  for (const auto& metric : metrics) {
    detail.last_metrics.push_back(
        {.key = metric.key, .value = metric.value, .step = metric.step, .at = metric.at});
  }
  return fill_from_registry(detail, session);
}

}  // namespace

Result<std::vector<RunSummary>> run_summaries(job::JobStore& jobs,
                                              const std::vector<job::JobRow>& rows) {
  std::vector<RunSummary> summaries(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto receipt = fill_summary(summaries[i], jobs, rows[i]);
    WATTLE_RETURN_IF_ERROR(receipt.ok() ? Status() : Status(receipt.error()));
  }
  const Status read = jobs.database().read([&](Session& session) -> Status {
    for (auto& summary : summaries) {
      WATTLE_RETURN_IF_ERROR(fill_from_registry(summary, session));
    }
    return {};
  });
  WATTLE_RETURN_IF_ERROR(read);
  return summaries;
}

Result<messages::RunDetail> run_detail(job::JobStore& jobs, const job::JobRow& row) {
  messages::RunDetail detail;
  WATTLE_ASSIGN_OR_RETURN(const auto receipt, fill_summary(detail, jobs, row));
  if (receipt) {
    WATTLE_ASSIGN_OR_RETURN(detail.receipt, messages::JsonObject::parse(*receipt));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto history, jobs.history(row.run));
  detail.history = history_of(history);
  WATTLE_ASSIGN_OR_RETURN(const auto needed, jobs.dependencies(row.run));
  for (const auto& [run, state] : needed) {
    detail.dependencies.push_back({.run = run, .state = state_of(state)});
  }
  WATTLE_ASSIGN_OR_RETURN(const auto attempts, jobs.attempts(row.run));
  for (const auto& attempt : attempts) {
    detail.attempts.push_back(attempt_of(attempt));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto record, jobs.record(row.run));
  detail.command = record.argv();
  detail.folder = record.folder;
  detail.prediction = record.prediction;
  WATTLE_RETURN_IF_ERROR(jobs.database().read([&](Session& session) {
    detail.params.clear();
    detail.tags.clear();
    detail.last_metrics.clear();
    return fill_logged(detail, session);
  }));
  return detail;
}

}  // namespace wattle::api
