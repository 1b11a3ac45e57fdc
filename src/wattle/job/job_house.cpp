#include "wattle/job/job_house.h"

#include "wattle/base/ids.h"
#include "wattle/base/text.h"
#include "wattle/job/job_schema.h"
#include "wattle/store/observed_database.h"
#include "wattle/store/open_database.h"

namespace wattle::job {
namespace {

// How long a run's folder may be there before its row: whoever makes them does nothing in between.
constexpr Seconds kSubmission{60};

bool lives(executor::Executor& executor, const std::string& attempt_folder) {
  const auto state = executor.state(attempt_folder);
  return state.ok() && (*state == executor::AttemptState::kStarting ||
                        *state == executor::AttemptState::kRunning);
}

}  // namespace

Result<std::unique_ptr<JobHouse>> JobHouse::open(Surroundings around,
                                                 const std::string& database_url,
                                                 std::function<void()> on_commit) {
  std::unique_ptr<JobHouse> house(new JobHouse(std::move(around)));  // NOLINT: private constructor
  auto& self = *house;
  const auto& home = self.around_.home;
  WATTLE_RETURN_IF_ERROR(self.around_.files.make_directories(home.root()));
  WATTLE_ASSIGN_OR_RETURN(auto database,
                          store::open_database({.home = home.root(), .url = database_url}));
  if (on_commit) {
    database = std::make_unique<store::ObservedDatabase>(std::move(database), std::move(on_commit));
  }
  self.database_ = std::move(database);
  WATTLE_RETURN_IF_ERROR(
      store::migrate(*self.database_, all_schemas(), self.around_.clock,
                     {.program = "wattle", .backups_folder = store::backups_folder(home.root())}));
  WATTLE_RETURN_IF_ERROR(self.furnish());
  return house;
}

Result<std::unique_ptr<JobHouse>> JobHouse::annex(Surroundings around) {
  std::unique_ptr<JobHouse> house(new JobHouse(std::move(around)));  // NOLINT: private constructor
  house->database_ = database_;
  WATTLE_RETURN_IF_ERROR(house->furnish());
  return house;
}

Status JobHouse::furnish() {
  jobs_ = std::make_unique<JobStore>(*database_, around_.clock, around_.rng);
  around_.index = jobs_.get();
  desk_ = std::make_unique<RunDesk>(around_);
  disk_ = std::make_unique<store::ArtifactDisk>();
  WATTLE_ASSIGN_OR_RETURN(artifacts_,
                          store::ArtifactStore::open(*database_, *disk_, around_.clock,
                                                     {.folder = around_.home.artifacts()}));
  keeper_ = std::make_unique<RunKeeper>(*database_, *artifacts_, around_);
  return {};
}

std::unique_ptr<Dispatcher> JobHouse::make_dispatcher(Log& log) {
  return std::make_unique<Dispatcher>(Dispatcher::Parts{.jobs = *jobs_,
                                                        .desk = *desk_,
                                                        .keeper = *keeper_,
                                                        .executor = around_.executor,
                                                        .clock = around_.clock,
                                                        .log = log});
}

Result<SweepReport> JobHouse::sweep(const SweepOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto lock, lock_for_maintenance(around_.files, around_.home));
  store::ArtifactCollector collector(*database_, *disk_, around_.clock, artifacts_->layout());
  const auto vault = desk_->attempts().vault();
  return HomeSweep({.files = around_.files,
                    .clock = around_.clock,
                    .jobs = *jobs_,
                    .catalog = desk_->catalog(),
                    .collector = collector,
                    .vault = vault.ok() ? &*vault : nullptr})
      .sweep(options);
}

Result<FileLock> lock_for_maintenance(FileSystem& files, const store::Home& home) {
  auto lock = files.try_lock(home.maintenance_lock());
  return lock.ok() || lock.error().code() != ErrorCode::kUnavailable
             ? std::move(lock)
             : Error(ErrorCode::kUnavailable, concat("a backup or a `wattle gc` is at work in ",
                                                     home.root(), "; try again when it is done"));
}

Result<Accepted> JobHouse::submit(const RunRecord& record, const std::string& idempotency_key) {
  WATTLE_RETURN_IF_ERROR(around_.files.make_directories(around_.home.submissions()));
  // Held until there is an answer, so that nobody takes it for what a killed submission has left.
  const auto mark = around_.files.try_lock(submission_mark(record.id));
  if (!mark.ok() && mark.error().code() != ErrorCode::kUnavailable) {
    return Error(mark.error()).with_context("accepting the run");
  }
  auto entered = enter(record, idempotency_key);
  const bool is_ours = entered.ok() && entered->is_new;
  if (!is_ours) {
    // A database that went during the commit may have it all the same.
    const auto in_queue = drop_unless_accepted(record.id);
    if (in_queue.ok() && *in_queue) {
      entered = Accepted{.run = record.id};
    }
  } else {
    (void)around_.files.remove_all(submission_mark(record.id)).ok();
  }
  return std::move(entered).with_context("accepting the run");
}

std::string JobHouse::submission_mark(std::string_view run) const {
  return path_join(around_.home.submissions(), run);
}

/// The folder first: once the run is accepted, whoever starts it finds its caller's environment.
Result<Accepted> JobHouse::enter(const RunRecord& record, const std::string& idempotency_key) {
  WATTLE_RETURN_IF_ERROR(desk_->attempts().keep_caller(record));
  WATTLE_RETURN_IF_ERROR(desk_->catalog().add(record));
  return jobs_->accept(record, idempotency_key);
}

/// True when it is in the queue. What cannot be told now is left for the next server.
Result<bool> JobHouse::drop_unless_accepted(const std::string& run) {
  const auto job = jobs_->get(run);
  if (!job.ok() && job.error().code() != ErrorCode::kNotFound) {
    return job.error();
  }
  if (!job.ok()) {
    desk_->attempts().forget_caller(run);
    WATTLE_RETURN_IF_ERROR(around_.files.remove_all(around_.home.run(run)));
  }
  WATTLE_RETURN_IF_ERROR(around_.files.remove_all(submission_mark(run)));
  return job.ok();
}

Status JobHouse::drop_killed_submissions() {
  if (!around_.files.exists(around_.home.submissions())) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto runs, around_.files.list(around_.home.submissions()));
  for (const auto& run : runs) {
    const auto mark = around_.files.try_lock(submission_mark(run));
    if (!mark.ok() || !is_ulid(run)) {
      continue;  // its submission goes on
    }
    const auto dropped = drop_unless_accepted(run);
    WATTLE_RETURN_IF_ERROR(dropped.ok() ? Status() : Status(dropped.error()));
  }
  return {};
}

Status JobHouse::resume(const std::string& run) {
  WATTLE_ASSIGN_OR_RETURN(const auto job, jobs_->get(run));
  const bool can_go_on = job.state == JobState::kInterrupted || job.state == JobState::kFailed ||
                         job.state == JobState::kStopped;
  if (!can_go_on || job.kind == "measure") {
    return Error(ErrorCode::kFailedPrecondition,
                 job.kind == "measure"
                     ? concat("run ", run, " was measured in its terminal and cannot be resumed")
                     : concat("run ", run, " is ", to_string(job.state),
                              "; only what was interrupted, failed or stopped can be resumed"));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto record, jobs_->record(run));
  if (!job.is_frozen && !desk_->attempts().caller_of(record).ok()) {
    WATTLE_RETURN_IF_ERROR(desk_->attempts().keep_caller(record));
  }
  return jobs_->wish(run, Wish::kResume);
}

Status JobHouse::ask(const std::string& run, Wish wish) {
  WATTLE_ASSIGN_OR_RETURN(const auto job, jobs_->get(run));
  if (is_final(job.state)) {
    return Error(ErrorCode::kFailedPrecondition,
                 concat("run ", run, " has ended: it ", to_string(job.state)));
  }
  if (wish == Wish::kPause && job.kind == "measure") {
    return Error(ErrorCode::kFailedPrecondition,
                 concat("run ", run, " is measured in its terminal and cannot be paused"));
  }
  if (wish == Wish::kPause && job.state == JobState::kInterrupted) {
    return {};
  }
  return jobs_->wish(run, wish);
}

Status JobHouse::note_measured(FileSystem& files, const store::Home& home, std::string_view run) {
  WATTLE_RETURN_IF_ERROR(files.make_directories(home.inbox()));
  return files.write_atomic(path_join(home.inbox(), run), "");
}

Result<std::vector<std::string>> JobHouse::unknown_runs() {
  auto& files = around_.files;
  std::vector<std::string> runs;
  if (files.exists(around_.home.inbox())) {
    WATTLE_ASSIGN_OR_RETURN(runs, files.list(around_.home.inbox()));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto newest, jobs_->newest(1));
  if (newest.empty()) {
    // A home from before the database, or one that has lost it: its folders say it all again.
    WATTLE_ASSIGN_OR_RETURN(runs, desk_->catalog().ids());
  }
  return runs;
}

Status JobHouse::take_in() {
  WATTLE_RETURN_IF_ERROR(drop_killed_submissions());
  WATTLE_ASSIGN_OR_RETURN(const auto runs, unknown_runs());
  for (const auto& run : runs) {
    if (is_ulid(run)) {
      WATTLE_RETURN_IF_ERROR(take_in_run(run).with_context(concat("entering run ", run)));
    }
    WATTLE_RETURN_IF_ERROR(around_.files.remove_all(path_join(around_.home.inbox(), run)));
  }
  return {};
}

/// An attempt without an end counts as going on.
Status JobHouse::note_ends(const std::string& run) {
  for (const auto number : desk_->catalog().attempts(run)) {
    const auto exit = around_.executor.exit_record(around_.home.attempt(run, number));
    if (exit.ok()) {
      WATTLE_RETURN_IF_ERROR(jobs_->note_attempt_end(run, number, *exit));
    }
  }
  return {};
}

Status JobHouse::take_in_run(const std::string& run) {
  auto& catalog = desk_->catalog();
  if (!around_.files.exists(around_.home.spec_file(run))) {
    return {};  // it was never accepted
  }
  const auto record = catalog.load(run);
  if (!record.ok()) {
    return {};  // damaged: it stays a folder
  }
  const auto attempt = catalog.last_attempt(run).value_or(0);
  const bool is_being_submitted = record->kind != "measure" && attempt == 0 &&
                                  around_.clock.utc_now() - record->created < kSubmission;
  if (is_being_submitted) {
    return {};  // into a database that was empty: whoever submits it enters it
  }
  if (attempt > 0 && lives(around_.executor, around_.home.attempt(run, attempt))) {
    return jobs_->adopt(*record, JobState::kRunning, attempt);
  }
  auto receipt = catalog.receipt(run);
  if (!receipt.ok()) {
    // The database does not know the run yet, and would find nothing that it has used.
    auto around = around_;
    around.index = nullptr;
    receipt = RunDesk(around).settle(run);
  }
  WATTLE_RETURN_IF_ERROR(receipt.ok() ? Status() : Status(receipt.error()));
  const auto state = job_state_from(receipt->run.state).value_or(JobState::kInterrupted);
  WATTLE_RETURN_IF_ERROR(jobs_->adopt(*record, state, attempt, [&](store::Session& session) {
    return jobs_->save_receipt(session, *receipt);
  }));
  return note_ends(run);
}

}  // namespace wattle::job
