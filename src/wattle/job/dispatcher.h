// Brings every job as far as it can come: starts what may start, passes wishes on, watches budgets,
// and settles what has ended. The only place where a job changes its state.
//
// step() looks at the database and at the folders of the attempts and does what follows from them,
// so it does not matter who died in between: the next dispatcher of the same home goes on from the
// same two. Each attempt is fenced by its number: before a job gets its next one, the one before
// has an end on the disk (exit.json), and a supervisor that comes late finds it and refuses to
// begin.
//
// Units:    UtcTime, Seconds. Errors: those of the database; what befalls a single job is its
//           reason, and stops no other.
// Threads:  one thread. One dispatcher at a time for a database: who holds the server's lock.
// Lifetime: borrows everything in Parts. Attempts go on when it ends.
// See:      docs/concepts/jobs.md
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/descriptor.h"
#include "wattle/base/log.h"
#include "wattle/base/time.h"
#include "wattle/executor/executor.h"
#include "wattle/job/admission.h"
#include "wattle/job/job_store.h"
#include "wattle/job/run_desk.h"
#include "wattle/job/run_keeper.h"

namespace wattle::job {

/// What there is to wait for after a step.
struct Outlook {
  std::vector<int> descriptors;  // one turns readable when an attempt has ended
  std::optional<UtcTime> next;   // when to step again at the latest
  std::size_t active = 0;        // jobs that are neither final nor at rest
};

class Dispatcher {
 public:
  struct Parts {
    JobStore& jobs;
    RunDesk& desk;
    RunKeeper& keeper;
    executor::Executor& executor;
    const Clock& clock;
    Log& log;
  };

  explicit Dispatcher(Parts parts) : parts_(parts) {}

  /// Does everything that can be done now, and returns without waiting.
  Result<Outlook> step();

 private:
  /// What this process remembers of a job, and can do without.
  struct Memory {
    Descriptor end;  // of its attempt's supervisor
    std::optional<UtcTime> budget_due;
    int failed_starts = 0;
    std::optional<UtcTime> retry_at;      // of something that failed for want of space or the like
    JobState state = JobState::kPending;  // with the next two: the job when it was last seen
    std::uint32_t attempt = 0;
    UtcTime changed;
  };

  using Jobs = std::vector<JobRow>;

  Result<bool> advance_all(const Jobs& jobs);
  void remember_all(const Jobs& jobs);
  void remember(const JobRow& job);
  /// True when the job was changed, so that it has to be looked at again.
  Result<bool> advance(const JobRow& job);
  Result<bool> advance_pending(const JobRow& job);
  Result<bool> advance_waiting(const JobRow& job);
  Result<bool> end_without_attempt(const JobRow& job, JobState to, const std::string& reason);
  Result<bool> advance_starting(const JobRow& job);
  Result<bool> advance_running(const JobRow& job);
  Result<bool> advance_interrupting(const JobRow& job);
  Result<bool> advance_interrupted(const JobRow& job);
  Result<bool> advance_ended(const JobRow& job);
  Result<bool> advance_frozen(const JobRow& job);
  Result<bool> finish(const JobRow& job);
  Result<bool> freeze(const JobRow& job);
  Status thaw_or_pass(const std::string& folder);
  /// Watches for its end. False when that has come.
  Result<bool> watch_end(const JobRow& job);
  Result<bool> fulfil_wish(const JobRow& job);

  Result<bool> pass_on(const JobRow& job);
  Result<bool> watch_budget(const JobRow& job);
  Result<bool> after_end(const JobRow& job);
  Result<AttemptEnd> end_of_attempt(const JobRow& job);
  /// Of the job's newest attempt; nullopt: it was never begun.
  Status note_end(const JobRow& job, const std::optional<executor::ExitRecord>& exit);
  Result<NextStep> next_step(const JobRow& job);
  Result<bool> rest(const JobRow& job, const NextStep& next);

  Result<bool> admit_waiting(const Jobs& jobs);
  Status start(const JobRow& job, const Admission& admission);
  Status thaw(const JobRow& job);
  Status start_attempt(const JobRow& job);
  void postpone(const JobRow& job, const Error& error);
  Result<bool> begin_attempt(const JobRow& job);
  Result<bool> give_back(const JobRow& job, const Error& error);

  Status change(const JobRow& job, StateChange change, const JobStore::Also& also = {});
  std::string folder_of(const JobRow& job) const;
  bool is_due(const JobRow& job);
  Outlook outlook(const Jobs& jobs);

  Parts parts_;
  std::map<std::string, Memory> memory_;
};

}  // namespace wattle::job
