// Jobs in the database: what was asked, where each stands, its attempts and its history.
//
// Every change of a state is one transaction: the state, the line of its history and the event. It
// names the state that it starts from, so of two that change the same job one fails.
//
// Units:    UtcTime; columns in nanoseconds. Errors: kNotFound: no such run, or the beginning of no
//           id; kInvalidArgument: the beginning of several; kAlreadyExists: the idempotency key
//           names another job; kFailedPrecondition: the job is not in the state that was expected;
//           and those of store::Database.
// Threads:  as its Database. Lifetime: borrows what it was made with.
// See:      docs/reference/database.md
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/rng.h"
#include "wattle/base/time.h"
#include "wattle/executor/executor.h"
#include "wattle/job/admission.h"
#include "wattle/job/after_attempt.h"
#include "wattle/job/job_state.h"
#include "wattle/job/run_index.h"
#include "wattle/job/run_record.h"
#include "wattle/store/database.h"

namespace wattle::job {

/// A job as the queue sees it; its record is read apart, because it is long.
struct JobRow {
  std::string run;
  std::string project;
  std::string actor;
  std::string name;
  std::string kind;
  JobState state = JobState::kPending;
  std::string reason;  // why it is in this state; "" when that needs no words
  Wish wish = Wish::kNone;
  Wish asked = Wish::kNone;  // the wish that its attempt was told of
  std::int64_t priority = 0;
  Needs needs;
  std::vector<int> gpus;           // that its attempt was given
  std::optional<Seconds> at_most;  // its time limit
  UtcTime created;
  UtcTime changed;                    // into its state
  UtcTime ready;                      // not to be started before
  std::uint32_t attempt = 0;          // the newest; 0: none was begun
  std::int64_t further_attempts = 0;  // counted against retry.attempts
  bool is_frozen = false;
  std::string exhausted_budget;  // a sentence; "": it is within its budget
};

/// One line of a job's history.
struct Transition {
  JobState from = JobState::kPending;
  JobState to = JobState::kPending;
  UtcTime at;
  std::uint32_t attempt = 0;
  std::string reason;
};

/// Whose energy is summed.
struct EnergyScope {
  std::optional<std::string> project;
  std::optional<std::string> actor;
};

struct AttemptRow {
  std::uint32_t number = 0;
  UtcTime started;
  std::optional<UtcTime> ended;  // with the rest, once its end is known
  std::string outcome;           // executor::to_string(Outcome)
  int exit_code = 0;
  int signal = 0;
};

/// What a change of state writes besides the state; unset fields stay as they are.
struct StateChange {
  JobState from = JobState::kPending;
  JobState to = JobState::kPending;
  std::string reason;
  std::optional<UtcTime> ready;
  std::optional<std::uint32_t> attempt;
  std::optional<std::vector<int>> gpus;
  std::optional<std::int64_t> further_attempts;
  std::optional<bool> is_frozen;
  std::optional<std::string> exhausted_budget;
  Wish seen = Wish::kNone;    // the wish that the change was decided with
  bool fulfils_wish = false;  // that one; another that came meanwhile stays, unless this is the end
};

/// Which of the jobs a listing or a search sees.
struct JobScope {
  std::optional<std::string> project;  // nullopt: all of them
  std::string before;  // of listings: only those before this id; "": from the newest
};

struct Accepted {
  std::string run;
  bool is_new = true;  // false: the idempotency key named this job already
};

class JobStore final : public RunIndex {
 public:
  /// In the same transaction as a change of state.
  using Also = std::function<Status(store::Session&)>;

  JobStore(store::Database& database, const Clock& clock, Rng& rng)
      : database_(database), clock_(clock), rng_(rng) {}

  store::Database& database() { return database_; }

  /// From here on the job exists. `key` "": none. The same key of the same actor and project with
  /// the same job is the job that is there.
  /// Runs that it comes after are found by the beginnings of their ids.
  Result<Accepted> accept(const RunRecord& record, const std::string& key, const Also& also = {});
  /// A run that was started without us (`wattle measure`), in the state that it has reached. No
  /// error when it is there.
  Status adopt(const RunRecord& record, JobState state, std::uint32_t attempt,
               const Also& also = {});

  Result<JobRow> get(std::string_view run);
  Result<RunRecord> record(std::string_view run);
  /// The one id that begins with `prefix` (any case); "last" is the newest.
  Result<std::string> find(std::string_view prefix, const std::optional<std::string>& project = {});
  /// Newest first.
  Result<std::vector<JobRow>> newest(std::size_t limit, const JobScope& scope = {});
  Result<std::vector<std::string>> newest_ids(std::size_t limit);
  /// Every job that is neither final nor at rest, oldest first.
  Result<std::vector<JobRow>> active();
  Result<std::vector<std::string>> during(UtcTime from, UtcTime to) override;
  Result<std::vector<Transition>> history(std::string_view run);
  /// The oldest first.
  Result<std::vector<AttemptRow>> attempts(std::string_view run);
  /// Runs that `run` comes after, with the states that they have.
  Result<std::vector<std::pair<std::string, JobState>>> dependencies(std::string_view run);
  Result<std::vector<std::string>> same_job(const RunRecord& record, std::size_t limit) override;

  Status change(std::string_view run, const StateChange& change, const Also& also = {});
  /// Asks for something; a stronger wish stays. kFailedPrecondition when the job has ended and this
  /// is no wish to resume what failed or was stopped.
  Status wish(std::string_view run, Wish wish);
  /// That the attempt was told of the wish: a request to stop that is made twice kills.
  Status note_asked(std::string_view run, Wish wish);
  /// Nothing is asked of it any more, unless something else than `seen` is by now.
  Status fulfil_wish(std::string_view run, Wish seen);
  /// Of a job that waits. kFailedPrecondition when it has started, or ended.
  static Status set_priority(store::Session& session, std::string_view run, std::int64_t priority);
  Status note_attempt_end(std::string_view run, std::uint32_t attempt,
                          const executor::ExitRecord& exit);

  /// The receipt, as JSON, with what lists show of it.
  Status save_receipt(store::Session& session, const messages::Receipt& receipt);
  Result<std::string> receipt_json(std::string_view run);
  /// What runs that have ended since then were charged for.
  Result<Joules> joules_since(UtcTime from, const EnergyScope& scope);

 private:
  Status insert(store::Session& session, const RunRecord& record, const std::string& key,
                JobState state);
  Result<std::vector<JobRow>> select(const std::string& condition,
                                     const store::SqlValues& parameters);

  store::Database& database_;
  const Clock& clock_;
  Rng& rng_;  // of ids
};

}  // namespace wattle::job
