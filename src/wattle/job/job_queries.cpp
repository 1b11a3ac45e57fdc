#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/job/job_rows.h"
#include "wattle/job/job_store.h"

namespace wattle::job {
namespace {

using store::Session;
using store::SqlRow;
using store::SqlValues;

/// The first column of every row, as text.
Result<std::vector<std::string>> texts(store::Database& database, std::string_view sql,
                                       const SqlValues& parameters) {
  std::vector<std::string> found;
  WATTLE_RETURN_IF_ERROR(database.read([&](Session& session) {
    found.clear();
    return session.query(sql, parameters, [&](const SqlRow& row) {
      found.push_back(row.text(0));
      return Status();
    });
  }));
  return found;
}

std::string quoted(JobState state) {
  return concat("'", to_string(state), "'");
}

std::int64_t sql_limit(std::size_t limit) {
  constexpr std::size_t kMost = std::size_t{1} << 40;
  return static_cast<std::int64_t>(std::min(limit, kMost));
}

}  // namespace

Result<std::vector<JobRow>> JobStore::select(const std::string& condition,
                                             const SqlValues& parameters) {
  std::vector<JobRow> found;
  const std::string sql = concat("SELECT ", kJobColumns, " FROM jobs ", condition);
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    found.clear();
    return session.query(sql, parameters, [&](const SqlRow& row) -> Status {
      WATTLE_ASSIGN_OR_RETURN(auto job, read_job_row(row));
      found.push_back(std::move(job));
      return {};
    });
  }));
  return found;
}

Result<JobRow> JobStore::get(std::string_view run) {
  WATTLE_ASSIGN_OR_RETURN(auto found, select("WHERE run = ?", {std::string(run)}));
  if (found.empty()) {
    return Error(ErrorCode::kNotFound, concat("there is no run ", run));
  }
  return std::move(found.front());
}

Result<RunRecord> JobStore::record(std::string_view run) {
  WATTLE_ASSIGN_OR_RETURN(
      const auto found,
      texts(database_, "SELECT record FROM jobs WHERE run = ?", {std::string(run)}));
  if (found.empty()) {
    return Error(ErrorCode::kNotFound, concat("there is no run ", run));
  }
  return parse_run_record(found.front()).with_context(concat("run ", run));
}

Result<std::vector<JobRow>> JobStore::newest(std::size_t limit, const JobScope& scope) {
  std::string condition = "WHERE 1 = 1";
  SqlValues parameters;
  if (scope.project) {
    condition += " AND project = ?";
    parameters.emplace_back(*scope.project);
  }
  if (!scope.before.empty()) {
    condition += " AND run < ?";
    parameters.emplace_back(scope.before);
  }
  parameters.emplace_back(sql_limit(limit));
  return select(condition + " ORDER BY run DESC LIMIT ?", parameters);
}

Result<std::vector<std::string>> JobStore::newest_ids(std::size_t limit) {
  return texts(database_, "SELECT run FROM jobs ORDER BY run DESC LIMIT ?", {sql_limit(limit)});
}

Result<std::vector<JobRow>> JobStore::active() {
  using enum JobState;
  // Those at rest are asked for only while somebody wants something of them, or they are frozen:
  // a frozen process can end.
  return select(
      concat("WHERE state IN (", quoted(kPending), ", ", quoted(kWaiting), ", ", quoted(kStarting),
             ", ", quoted(kRunning), ", ", quoted(kInterrupting), ", ", quoted(kUploading),
             ") OR (state IN (", quoted(kInterrupted), ", ", quoted(kFailed), ", ",
             quoted(kStopped), ") AND (wish <> '' OR frozen <> 0)) ORDER BY run"),
      {});
}

Result<std::vector<std::string>> JobStore::during(UtcTime from, UtcTime to) {
  const std::int64_t end = to.ns == 0 ? INT64_MAX : to.ns;
  return texts(database_,
               "SELECT DISTINCT run FROM job_attempts WHERE (ended_ns IS NULL OR ended_ns >= ?) "
               "AND started_ns <= ?",
               {from.ns, end});
}

Result<std::vector<Transition>> JobStore::history(std::string_view run) {
  std::vector<Transition> history;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    history.clear();
    return session.query(
        "SELECT from_state, to_state, at_ns, attempt, reason FROM job_transitions WHERE run = ? "
        "ORDER BY sequence",
        {std::string(run)}, [&](const SqlRow& row) -> Status {
          Transition step{.at = {row.integer(2)},
                          .attempt = static_cast<std::uint32_t>(row.integer(3)),
                          .reason = row.text(4)};
          WATTLE_ASSIGN_OR_RETURN(step.from, job_state_from(row.text(0)));
          WATTLE_ASSIGN_OR_RETURN(step.to, job_state_from(row.text(1)));
          history.push_back(std::move(step));
          return {};
        });
  }));
  return history;
}

Result<std::vector<AttemptRow>> JobStore::attempts(std::string_view run) {
  std::vector<AttemptRow> attempts;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    attempts.clear();
    return session.query(
        "SELECT number, started_ns, ended_ns, outcome, exit_code, signal FROM job_attempts "
        "WHERE run = ? ORDER BY number",
        {std::string(run)}, [&](const SqlRow& row) {
          AttemptRow attempt{.number = static_cast<std::uint32_t>(row.integer(0)),
                             .started = {row.integer(1)},
                             .ended = std::nullopt,
                             .outcome = row.text(3)};
          if (!row.is_null(2)) {
            attempt.ended = UtcTime{row.integer(2)};
            attempt.exit_code = static_cast<int>(row.integer(4));
            attempt.signal = static_cast<int>(row.integer(5));
          }
          attempts.push_back(std::move(attempt));
          return Status();
        });
  }));
  return attempts;
}

Result<std::vector<std::pair<std::string, JobState>>> JobStore::dependencies(std::string_view run) {
  std::vector<std::pair<std::string, JobState>> needed;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    needed.clear();
    return session.query(
        "SELECT jobs.run, jobs.state FROM job_dependencies "
        "JOIN jobs ON jobs.run = job_dependencies.needs WHERE job_dependencies.run = ? "
        "ORDER BY jobs.run",
        {std::string(run)}, [&](const SqlRow& row) -> Status {
          WATTLE_ASSIGN_OR_RETURN(const auto state, job_state_from(row.text(1)));
          needed.emplace_back(row.text(0), state);
          return {};
        });
  }));
  return needed;
}

Result<std::vector<std::string>> JobStore::same_job(const RunRecord& record, std::size_t limit) {
  return texts(database_,
               "SELECT run FROM jobs WHERE submission = ? AND state = 'succeeded' "
               "ORDER BY run DESC LIMIT ?",
               {submission_digest(record), static_cast<std::int64_t>(limit)});
}

Result<Joules> JobStore::joules_since(UtcTime from, const EnergyScope& scope) {
  std::string sql =
      "SELECT COALESCE(SUM(job_receipts.energy_joules), 0.0) FROM job_receipts "
      "JOIN jobs ON jobs.run = job_receipts.run WHERE job_receipts.ended_ns >= ?";
  SqlValues parameters{from.ns};
  if (scope.project) {
    sql += " AND jobs.project = ?";
    parameters.emplace_back(*scope.project);
  }
  if (scope.actor) {
    sql += " AND jobs.actor = ?";
    parameters.emplace_back(*scope.actor);
  }
  Joules sum{0};
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    return session.query(sql, parameters, [&](const SqlRow& row) {
      sum = Joules(row.real(0));
      return Status();
    });
  }));
  return sum;
}

Result<std::string> JobStore::receipt_json(std::string_view run) {
  WATTLE_ASSIGN_OR_RETURN(
      auto found,
      texts(database_, "SELECT json FROM job_receipts WHERE run = ?", {std::string(run)}));
  if (found.empty()) {
    return Error(ErrorCode::kNotFound, concat("run ", run, " has no receipt yet"));
  }
  return std::move(found.front());
}

}  // namespace wattle::job
