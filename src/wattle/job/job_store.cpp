#include "wattle/job/job_store.h"

#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/job/job_rows.h"
#include "wattle/job/run_registry.h"
#include "wattle/store/outbox.h"

namespace wattle::job {
namespace {

using store::Session;
using store::SqlRow;
using store::SqlValues;

std::string to_upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return upper;
}

using Project = std::optional<std::string>;

/// The ids of jobs for which the condition holds, of one project or of all.
Result<std::vector<std::string>> ids_where(Session& session, std::string condition,
                                           SqlValues parameters, const Project& project) {
  if (project) {
    condition = "project = ? AND " + condition;
    parameters.insert(parameters.begin(), *project);
  }
  std::vector<std::string> found;
  WATTLE_RETURN_IF_ERROR(
      session.query("SELECT run FROM jobs WHERE " + condition, parameters, [&](const SqlRow& row) {
        found.push_back(row.text(0));
        return Status();
      }));
  return found;
}

Result<std::string> find_run(Session& session, std::string_view prefix,
                             const Project& project = {}) {
  std::vector<std::string> found;
  if (prefix == "last") {
    WATTLE_ASSIGN_OR_RETURN(found,
                            ids_where(session, "1 = 1 ORDER BY run DESC LIMIT 1", {}, project));
  } else if (!prefix.empty()) {
    const std::string upper = to_upper(prefix);
    WATTLE_ASSIGN_OR_RETURN(found, ids_where(session, "run >= ? AND run < ? ORDER BY run LIMIT 2",
                                             {upper, upper + "~"}, project));
  }
  if (found.empty()) {
    return Error(ErrorCode::kNotFound,
                 concat("no run is called '", prefix, "'; `wattle ps --all` lists them"));
  }
  if (found.size() > 1) {
    return Error(ErrorCode::kInvalidArgument, concat("'", prefix,
                                                     "' begins the ids of several runs; give more "
                                                     "of it (",
                                                     found[0], ", ", found[1], ", …)"));
  }
  return found.front();
}

Status append_event(Session& session, const JobRow& job, const StateChange& change, UtcTime at) {
  const auto append = store::Outbox::append(
      session, {.topic = "job.state",
                .project = job.project,
                .actor = job.actor,
                .subject = job.run,
                .payload = concat(R"({"from":")", to_string(change.from), R"(","to":")",
                                  to_string(change.to), R"("})"),
                .at = at});
  return append.ok() ? Status() : Status(append.error());
}

Result<JobRow> row_of(Session& session, std::string_view run) {
  std::optional<JobRow> found;
  WATTLE_RETURN_IF_ERROR(session.query(concat("SELECT ", kJobColumns, " FROM jobs WHERE run = ?"),
                                       {std::string(run)}, [&](const SqlRow& row) -> Status {
                                         WATTLE_ASSIGN_OR_RETURN(found, read_job_row(row));
                                         return {};
                                       }));
  if (!found) {
    return Error(ErrorCode::kNotFound, concat("there is no run ", run));
  }
  return *std::move(found);
}

Status add_transition(Session& session, const JobRow& job, const StateChange& change, UtcTime at) {
  const auto attempt = change.attempt.value_or(job.attempt);
  const auto added = session.execute(
      "INSERT INTO job_transitions (run, sequence, from_state, to_state, at_ns, attempt, reason) "
      "SELECT ?, COALESCE(MAX(sequence), 0) + 1, ?, ?, ?, ?, ? FROM job_transitions WHERE run = ?",
      {job.run, std::string(to_string(change.from)), std::string(to_string(change.to)), at.ns,
       std::int64_t{attempt}, change.reason, job.run});
  return added.ok() ? append_event(session, job, change, at) : Status(added.error());
}

Status insert_attempt(Session& session, std::string_view run, std::uint32_t number, UtcTime at) {
  const auto added = session.execute(
      "INSERT INTO job_attempts (run, number, started_ns, outcome, reason) VALUES (?, ?, ?, '', "
      "'')",
      {std::string(run), std::int64_t{number}, at.ns});
  return added.ok() ? Status() : Status(added.error());
}

}  // namespace

Status JobStore::insert(Session& session, const RunRecord& record, const std::string& key,
                        JobState state) {
  const auto needs = needs_of(record.job);
  const auto limit = record.job.resources.time_limit;
  const auto now = clock_.utc_now().ns;
  const auto added = session.execute(
      "INSERT INTO jobs (run, project, actor, name, kind, state, reason, wish, priority, "
      "milli_cpus, memory_bytes, gpus, gpu_set, at_most_ns, created_ns, changed_ns, ready_ns, "
      "attempt, further_attempts, frozen, exhausted_budget, asked, idempotency_key, submission, "
      "record) "
      "VALUES (?, ?, ?, ?, ?, ?, '', '', ?, ?, ?, ?, '', ?, ?, ?, ?, 0, 0, 0, '', '', ?, ?, ?)",
      {record.id, record.job.project, record.actor, record.job.name, record.kind,
       std::string(to_string(state)), record.job.priority,
       static_cast<std::int64_t>(needs.cpus * 1000), needs.memory_bytes, needs.gpus,
       limit ? store::SqlValue(static_cast<std::int64_t>(limit->value() * 1e9)) : store::SqlValue(),
       record.created.ns, now, now, key.empty() ? store::SqlValue() : store::SqlValue(key),
       submission_digest(record), to_json(record)});
  WATTLE_RETURN_IF_ERROR(added.ok() ? Status() : Status(added.error()));
  for (const auto& needed : record.job.after) {
    WATTLE_ASSIGN_OR_RETURN(const auto run, find_run(session, needed).with_context("key 'after'"));
    const auto link = session.execute(
        "INSERT INTO job_dependencies (run, needs) VALUES (?, ?) ON CONFLICT DO NOTHING",
        {record.id, run});
    WATTLE_RETURN_IF_ERROR(link.ok() ? Status() : Status(link.error()));
  }
  return enter_run(session, rng_, record, clock_.utc_now());
}

Result<Accepted> JobStore::accept(const RunRecord& record, const std::string& key,
                                  const Also& also) {
  Accepted accepted;
  const auto work = [&](Session& session) -> Status {
    accepted = {.run = record.id};
    std::string submission;
    const auto earlier = session.query(
        "SELECT run, submission FROM jobs WHERE project = ? AND actor = ? AND idempotency_key = ?",
        {record.job.project, record.actor, key}, [&](const SqlRow& row) {
          accepted = {.run = row.text(0), .is_new = false};
          submission = row.text(1);
          return Status();
        });
    WATTLE_RETURN_IF_ERROR(earlier);
    if (accepted.is_new) {
      WATTLE_RETURN_IF_ERROR(insert(session, record, key, JobState::kPending));
      return also ? also(session) : Status();
    }
    return submission == submission_digest(record)
               ? Status()
               : Error(ErrorCode::kAlreadyExists,
                       concat("the idempotency key '", key, "' names run ", accepted.run,
                              ", which is another job; take another key"));
  };
  WATTLE_RETURN_IF_ERROR(database_.write(work));
  return accepted;
}

Result<std::string> JobStore::find(std::string_view prefix, const Project& project) {
  std::string run;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(run, find_run(session, prefix, project));
    return {};
  }));
  return run;
}

Status JobStore::adopt(const RunRecord& record, JobState state, std::uint32_t attempt,
                       const Also& also) {
  return database_.write([&](Session& session) -> Status {
    if (row_of(session, record.id).ok()) {
      return {};
    }
    WATTLE_RETURN_IF_ERROR(insert(session, record, "", state));
    for (std::uint32_t number = 1; number <= attempt; ++number) {
      WATTLE_RETURN_IF_ERROR(insert_attempt(session, record.id, number, record.created));
    }
    const auto set = session.execute("UPDATE jobs SET attempt = ? WHERE run = ?",
                                     {std::int64_t{attempt}, record.id});
    WATTLE_RETURN_IF_ERROR(set.ok() ? Status() : Status(set.error()));
    WATTLE_RETURN_IF_ERROR(
        move_run(session, {.run = record.id, .project = record.job.project, .actor = record.actor},
                 state, clock_.utc_now()));
    return also ? also(session) : Status();
  });
}

Status JobStore::change(std::string_view run, const StateChange& change, const Also& also) {
  WATTLE_CHECK(may_follow(change.from, change.to),
               concat(to_string(change.to), " may not follow ", to_string(change.from)));
  return database_.write([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto job, row_of(session, run));
    if (job.state != change.from) {
      return Error(ErrorCode::kFailedPrecondition,
                   concat("run ", run, " is ", to_string(job.state), ", not ",
                          to_string(change.from), " any more"));
    }
    const auto now = clock_.utc_now();
    const bool is_fulfilled =
        is_final(change.to) || (change.fulfils_wish && job.wish == change.seen);
    const auto set = session.execute(
        "UPDATE jobs SET state = ?, reason = ?, changed_ns = ?, ready_ns = ?, attempt = ?, "
        "gpu_set = ?, further_attempts = ?, frozen = ?, exhausted_budget = ?, wish = ?, asked = ? "
        "WHERE run = ?",
        {std::string(to_string(change.to)), change.reason, now.ns,
         change.ready.value_or(job.ready).ns, std::int64_t{change.attempt.value_or(job.attempt)},
         gpu_set_text(change.gpus.value_or(job.gpus)),
         change.further_attempts.value_or(job.further_attempts),
         std::int64_t{change.is_frozen.value_or(job.is_frozen) ? 1 : 0},
         change.exhausted_budget.value_or(job.exhausted_budget),
         std::string(to_string(is_fulfilled ? Wish::kNone : job.wish)),
         std::string(to_string(is_fulfilled ? Wish::kNone : job.asked)), job.run});
    WATTLE_RETURN_IF_ERROR(set.ok() ? Status() : Status(set.error()));
    if (change.attempt && *change.attempt != job.attempt) {
      WATTLE_RETURN_IF_ERROR(insert_attempt(session, run, *change.attempt, now));
    }
    WATTLE_RETURN_IF_ERROR(add_transition(session, job, change, now));
    WATTLE_RETURN_IF_ERROR(move_run(
        session, {.run = job.run, .project = job.project, .actor = job.actor}, change.to, now));
    return also ? also(session) : Status();
  });
}

Status JobStore::wish(std::string_view run, Wish wish) {
  return database_.write([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto job, row_of(session, run));
    if (is_final(job.state) && (wish != Wish::kResume || job.state == JobState::kSucceeded)) {
      return Error(ErrorCode::kFailedPrecondition,
                   concat("run ", run, " has ended: it ", to_string(job.state)));
    }
    const bool is_weaker = wish == Wish::kResume ? job.wish >= Wish::kStop : wish <= job.wish;
    if (is_weaker) {
      return {};  // it was asked for that, or more, before
    }
    const auto set = session.execute("UPDATE jobs SET wish = ? WHERE run = ?",
                                     {std::string(to_string(wish)), job.run});
    return set.ok() ? Status() : Status(set.error());
  });
}

Status JobStore::note_asked(std::string_view run, Wish wish) {
  return database_.write([&](Session& session) -> Status {
    const auto set = session.execute("UPDATE jobs SET asked = ? WHERE run = ?",
                                     {std::string(to_string(wish)), std::string(run)});
    return set.ok() ? Status() : Status(set.error());
  });
}

Status JobStore::fulfil_wish(std::string_view run, Wish seen) {
  return database_.write([&](Session& session) -> Status {
    const auto set =
        session.execute("UPDATE jobs SET wish = '', asked = '' WHERE run = ? AND wish = ?",
                        {std::string(run), std::string(to_string(seen))});
    return set.ok() ? Status() : Status(set.error());
  });
}

Status JobStore::set_priority(Session& session, std::string_view run, std::int64_t priority) {
  WATTLE_ASSIGN_OR_RETURN(
      const auto changed,
      session.execute("UPDATE jobs SET priority = ? WHERE run = ? AND state IN ('pending', "
                      "'waiting', 'interrupted')",
                      {priority, std::string(run)}));
  return changed == 1 ? Status()
                      : Status(Error(ErrorCode::kFailedPrecondition,
                                     concat("run ", run, " waits for nothing any more; a priority "
                                            "says what starts first")));
}

Status JobStore::note_attempt_end(std::string_view run, std::uint32_t attempt,
                                  const executor::ExitRecord& exit) {
  return database_.write([&](Session& session) -> Status {
    const auto set = session.execute(
        "UPDATE job_attempts SET ended_ns = ?, outcome = ?, reason = ?, exit_code = ?, signal = ? "
        "WHERE run = ? AND number = ?",
        {exit.ended.ns, std::string(executor::to_string(exit.outcome)), exit.reason,
         std::int64_t{exit.exit_code}, std::int64_t{exit.signal}, std::string(run),
         std::int64_t{attempt}});
    return set.ok() ? Status() : Status(set.error());
  });
}

Status JobStore::save_receipt(Session& session, const messages::Receipt& receipt) {
  store::SqlValue joules;
  if (receipt.energy.joules) {
    joules = receipt.energy.joules->value;
  }
  store::SqlValue grams;
  if (receipt.carbon) {
    grams = receipt.carbon->operational_grams.value;
  }
  const auto set = session.execute(
      "INSERT INTO job_receipts (run, ended_ns, wall_seconds, energy_joules, grams_co2e, json) "
      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run) DO UPDATE SET ended_ns = excluded.ended_ns, "
      "wall_seconds = excluded.wall_seconds, energy_joules = excluded.energy_joules, "
      "grams_co2e = excluded.grams_co2e, json = excluded.json",
      {receipt.run.id, receipt.time.ended.ns, receipt.time.wall_seconds, joules, grams,
       messages::to_json(receipt)});
  return set.ok() ? Status() : Status(set.error());
}

}  // namespace wattle::job
