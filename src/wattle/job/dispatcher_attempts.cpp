// The half of the dispatcher that deals with attempts: told what is wanted, watched, and taken
// leave of.
#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/job/budget.h"
#include "wattle/job/dispatcher.h"

namespace wattle::job {
namespace {

using enum JobState;
using executor::AttemptState;
using executor::Outcome;

bool has_ended(AttemptState state) {
  return state == AttemptState::kEnded || state == AttemptState::kLost;
}

}  // namespace

/// A dispatcher that died left it so: the attempt was begun, or it never will be.
Result<bool> Dispatcher::advance_starting(const JobRow& job) {
  const auto state = parts_.executor.state(folder_of(job));
  if (!state.ok() && state.error().code() != ErrorCode::kNotFound) {
    return state.error();
  }
  if (!state.ok()) {
    WATTLE_RETURN_IF_ERROR(note_end(job, std::nullopt));
    WATTLE_RETURN_IF_ERROR(
        change(job, {.to = kWaiting, .reason = "its command was not begun; it starts again"}));
    return true;
  }
  if (*state == AttemptState::kStarting) {
    return false;  // its supervisor says soon who it is, or is found lost
  }
  if (*state == AttemptState::kRunning) {
    WATTLE_RETURN_IF_ERROR(change(job, {.to = kRunning}));
    return true;
  }
  return after_end(job);
}

Result<bool> Dispatcher::advance_running(const JobRow& job) {
  const auto folder = folder_of(job);
  WATTLE_ASSIGN_OR_RETURN(const auto state, parts_.executor.state(folder));
  if (has_ended(state)) {
    return after_end(job);
  }
  if (!memory_[job.run].end.is_open()) {
    WATTLE_ASSIGN_OR_RETURN(const bool lives, watch_end(job));
    if (!lives) {
      return after_end(job);  // it went just now
    }
    if (job.kind != "measure") {
      // Whoever resumed it may have died before it was thawed.
      WATTLE_RETURN_IF_ERROR(thaw_or_pass(folder));
    }
  }
  WATTLE_ASSIGN_OR_RETURN(const bool passed_on, pass_on(job));
  if (passed_on) {
    return true;
  }
  return watch_budget(job);
}

/// Tells the attempt what is wanted of the job. True when that changed the job.
Result<bool> Dispatcher::pass_on(const JobRow& job) {
  if (job.wish == job.asked) {
    return false;
  }
  const auto folder = folder_of(job);
  if (job.wish == Wish::kPause) {
    if (job.kind == "measure") {
      return fulfil_wish(job);
    }
    WATTLE_RETURN_IF_ERROR(change(job, {.to = kInterrupting, .reason = "paused on request"}));
    return true;
  }
  if (job.wish == Wish::kResume) {
    return fulfil_wish(job);
  }
  if (job.wish == Wish::kNone) {
    return false;
  }
  // Noted first: a request to stop that arrives twice kills, so it is better lost than doubled;
  // whoever asked asks again.
  WATTLE_RETURN_IF_ERROR(parts_.jobs.note_asked(job.run, job.wish));
  WATTLE_RETURN_IF_ERROR(job.wish == Wish::kKill ? parts_.executor.kill(folder)
                                                 : parts_.executor.stop(folder));
  return true;
}

Result<bool> Dispatcher::watch_budget(const JobRow& job) {
  auto& memory = memory_[job.run];
  const UtcTime now = parts_.clock.utc_now();
  if (memory.budget_due && *memory.budget_due > now) {
    return false;
  }
  WATTLE_ASSIGN_OR_RETURN(const auto record, parts_.jobs.record(job.run));
  if (!has_budget(record.job.budget)) {
    return false;
  }
  WATTLE_ASSIGN_OR_RETURN(const auto spent, parts_.desk.spent(record));
  const auto verdict = judge_budget(record.job.budget, spent);
  if (!verdict.exhausted) {
    memory.budget_due = now + verdict.look_again.value_or(kMostBudgetInterval);
    return false;
  }
  WATTLE_RETURN_IF_ERROR(change(
      job,
      {.to = kInterrupting, .reason = *verdict.exhausted, .exhausted_budget = *verdict.exhausted}));
  return true;
}

/// Being asked to save its state and end; or, where it cannot save it, being frozen.
Result<bool> Dispatcher::advance_interrupting(const JobRow& job) {
  const auto folder = folder_of(job);
  WATTLE_ASSIGN_OR_RETURN(const auto state, parts_.executor.state(folder));
  if (has_ended(state)) {
    return after_end(job);
  }
  WATTLE_ASSIGN_OR_RETURN(const bool lives, watch_end(job));
  if (!lives) {
    return after_end(job);
  }
  if (job.wish >= Wish::kStop) {
    return pass_on(job);
  }
  WATTLE_ASSIGN_OR_RETURN(const auto record, parts_.jobs.record(job.run));
  if (record.job.checkpoint.request) {
    WATTLE_RETURN_IF_ERROR(parts_.executor.interrupt(folder));
    return false;  // its end is what comes next
  }
  if (!job.exhausted_budget.empty()) {
    if (job.asked < Wish::kStop) {
      WATTLE_RETURN_IF_ERROR(parts_.jobs.note_asked(job.run, Wish::kStop));
      WATTLE_RETURN_IF_ERROR(parts_.executor.stop(folder));
    }
    return false;
  }
  return freeze(job);
}

Result<bool> Dispatcher::freeze(const JobRow& job) {
  const auto folder = folder_of(job);
  if (job.wish != Wish::kPause) {  // somebody has thought better of it
    WATTLE_RETURN_IF_ERROR(thaw_or_pass(folder));
    WATTLE_RETURN_IF_ERROR(change(job, {.to = kRunning, .fulfils_wish = true}));
    return true;
  }
  const auto frozen = parts_.executor.freeze(folder);
  const bool cannot_be = !frozen.ok() && (frozen.error().code() == ErrorCode::kUnsupported ||
                                          frozen.error().code() == ErrorCode::kTimeout);
  if (cannot_be) {
    WATTLE_RETURN_IF_ERROR(thaw_or_pass(folder));
    WATTLE_RETURN_IF_ERROR(
        change(job, {.to = kRunning,
                     .reason = concat("it cannot be paused: ", frozen.error().message()),
                     .fulfils_wish = true}));
    return true;
  }
  WATTLE_RETURN_IF_ERROR(frozen);
  WATTLE_RETURN_IF_ERROR(
      change(job, {.to = kInterrupted,
                   .reason = "paused: its processes are frozen and keep their memory",
                   .is_frozen = true,
                   .fulfils_wish = true}));
  return true;
}

Status Dispatcher::thaw_or_pass(const std::string& folder) {
  const auto thawed = parts_.executor.thaw(folder);
  // A supervisor that cannot thaw has never frozen anything.
  return thawed.ok() || thawed.error().code() != ErrorCode::kUnsupported ? thawed : Status();
}

Result<bool> Dispatcher::watch_end(const JobRow& job) {
  auto& memory = memory_[job.run];
  if (!memory.end.is_open()) {
    WATTLE_ASSIGN_OR_RETURN(memory.end, parts_.executor.open_end(folder_of(job)));
  }
  return memory.end.is_open();
}

/// It is thawed by admit_waiting(), when its cores are free again.
Result<bool> Dispatcher::advance_frozen(const JobRow& job) {
  WATTLE_ASSIGN_OR_RETURN(const auto state, parts_.executor.state(folder_of(job)));
  if (has_ended(state)) {
    return after_end(job);
  }
  WATTLE_ASSIGN_OR_RETURN(const bool lives, watch_end(job));
  if (!lives) {
    return after_end(job);
  }
  if (job.wish == Wish::kPause) {
    return fulfil_wish(job);
  }
  return job.wish >= Wish::kStop ? pass_on(job) : false;
}

Result<bool> Dispatcher::advance_interrupted(const JobRow& job) {
  if (job.is_frozen) {
    return advance_frozen(job);
  }
  if (job.wish >= Wish::kStop) {
    WATTLE_RETURN_IF_ERROR(change(job, {.to = kUploading, .reason = "given up while interrupted"}));
    return true;
  }
  return advance_ended(job);
}

/// At rest, or at its end: only a wish to resume moves it.
Result<bool> Dispatcher::advance_ended(const JobRow& job) {
  if (job.wish == Wish::kResume) {
    // One that never began may have to wait for others still.
    WATTLE_RETURN_IF_ERROR(change(job, {.to = job.attempt == 0 ? kPending : kWaiting,
                                        .reason = "resumed on request",
                                        .ready = parts_.clock.utc_now(),
                                        .exhausted_budget = "",
                                        .fulfils_wish = true}));
    return true;
  }
  if (job.wish == Wish::kNone) {
    return false;
  }
  return fulfil_wish(job);
}

Status Dispatcher::note_end(const JobRow& job, const std::optional<executor::ExitRecord>& exit) {
  const auto now = parts_.clock.utc_now();
  return parts_.jobs.note_attempt_end(
      job.run, job.attempt,
      exit.value_or(executor::ExitRecord{.outcome = Outcome::kNotStarted,
                                         .reason = "its command was not begun",
                                         .started = now,
                                         .ended = now}));
}

Result<AttemptEnd> Dispatcher::end_of_attempt(const JobRow& job) {
  const auto record = parts_.executor.exit_record(folder_of(job));
  const bool has_none =
      job.attempt == 0 || (!record.ok() && record.error().code() == ErrorCode::kNotFound);
  if (has_none) {
    return AttemptEnd{
        .outcome = Outcome::kLost, .reason = "its command was not begun", .began = false};
  }
  WATTLE_RETURN_IF_ERROR(record.ok() ? Status() : Status(record.error()));
  const auto& exit = *record;
  WATTLE_RETURN_IF_ERROR(note_end(job, exit));
  AttemptEnd end{.outcome = exit.outcome,
                 .exit_code = exit.exit_code,
                 .reason = end_of(exit).reason,
                 .began = parts_.desk.attempts().began(job.run, job.attempt)};
  if (exit.outcome == Outcome::kLost || exit.outcome == Outcome::kInterrupted) {
    // Read again, every byte: a checkpoint that counts is one that can be resumed from.
    WATTLE_ASSIGN_OR_RETURN(const auto newest, parts_.desk.attempts().newest_checkpoint(job.run));
    end.is_new_checkpoint = newest.record && newest.attempt_folder == folder_of(job);
  }
  return end;
}

Result<NextStep> Dispatcher::next_step(const JobRow& job) {
  WATTLE_ASSIGN_OR_RETURN(const auto record, parts_.jobs.record(job.run));
  WATTLE_ASSIGN_OR_RETURN(auto end, end_of_attempt(job));
  if (end.outcome == Outcome::kExited && end.exit_code != 0) {
    const auto said = parts_.desk.attempts().failure_told(record, job.attempt);
    end.reason += said ? ": " + *said : "";
  }
  JobStanding standing{.wish = job.wish, .further_attempts = job.further_attempts};
  if (job.is_frozen && job.wish == Wish::kNone) {
    standing.wish = Wish::kPause;  // that wish is fulfilled, and holds: it rests when it is lost
  }
  if (!job.exhausted_budget.empty()) {
    standing.exhausted_budget = job.exhausted_budget;
  }
  return after_attempt(end, standing, record.job.retry);
}

Result<bool> Dispatcher::after_end(const JobRow& job) {
  WATTLE_ASSIGN_OR_RETURN(const auto next, next_step(job));
  parts_.desk.attempts().clean_up(job.run, job.attempt);
  if (next.state == kUploading) {
    WATTLE_RETURN_IF_ERROR(
        change(job, {.to = kUploading, .reason = next.reason, .is_frozen = false}));
    return true;
  }
  if (next.state == kInterrupted) {
    return rest(job, next);
  }
  const auto counted = job.further_attempts + (next.is_counted ? 1 : 0);
  WATTLE_RETURN_IF_ERROR(change(job, {.to = kWaiting,
                                      .reason = next.reason,
                                      .ready = parts_.clock.utc_now() + next.delay,
                                      .further_attempts = counted,
                                      .is_frozen = false}));
  return true;
}

/// It rests until somebody resumes it; what it has used so far is told meanwhile.
Result<bool> Dispatcher::rest(const JobRow& job, const NextStep& next) {
  WATTLE_ASSIGN_OR_RETURN(const auto receipt, parts_.desk.settle(job.run));
  const auto save = [&](store::Session& session) {
    return parts_.jobs.save_receipt(session, receipt);
  };
  if (job.state == kInterrupted) {  // it was frozen, and its host or supervisor went
    WATTLE_RETURN_IF_ERROR(
        change(job, {.to = kUploading, .reason = next.reason, .is_frozen = false}));
    return true;
  }
  WATTLE_RETURN_IF_ERROR(change(
      job, {.to = kInterrupted, .reason = next.reason, .is_frozen = false, .fulfils_wish = true},
      save));
  return true;
}

/// Keeps the outputs, settles the energy, and says how it ended: all in one transaction.
Result<bool> Dispatcher::finish(const JobRow& job) {
  WATTLE_ASSIGN_OR_RETURN(const auto next, next_step(job));
  const bool is_given_up = next.state != kUploading;  // it was at rest, and is not resumed
  const auto final_state = !is_given_up              ? next.final_state
                           : job.wish >= Wish::kStop ? kStopped
                                                     : kInterrupted;
  WATTLE_ASSIGN_OR_RETURN(const auto record, parts_.jobs.record(job.run));
  WATTLE_ASSIGN_OR_RETURN(auto receipt, parts_.desk.settle(job.run));
  receipt.run.state = to_string(final_state);
  receipt.run.reason = job.reason.empty() ? next.reason : job.reason;
  WATTLE_RETURN_IF_ERROR(parts_.desk.catalog().save_receipt(receipt));
  WATTLE_ASSIGN_OR_RETURN(const auto kept, parts_.keeper.keep(record, receipt));
  const auto record_end = [&](store::Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(parts_.jobs.save_receipt(session, receipt));
    return parts_.keeper.record(session, record, receipt, kept);
  };
  WATTLE_RETURN_IF_ERROR(change(
      job, {.to = final_state, .reason = receipt.run.reason, .fulfils_wish = true}, record_end));
  parts_.keeper.release(kept);
  if (final_state != kInterrupted) {
    parts_.desk.attempts().forget_caller(job.run);
  }
  return true;
}

}  // namespace wattle::job
