#include "wattle/job/dispatcher.h"

#include <algorithm>

#include "wattle/base/text.h"

namespace wattle::job {
namespace {

using enum JobState;
using executor::AttemptState;

// So many short jobs can end while others start that a step never comes to rest. Then whoever waits
// looks after its signals and comes back at once.
constexpr int kMostRounds = 16;
// A supervisor that was started by a dispatcher that has died says within this time who it is.
constexpr Seconds kTakeoverCheck{1};
constexpr int kMostFailedStarts = 3;
constexpr Seconds kStartDelay{5};
constexpr Seconds kMostStartDelay{60};

RunningJob as_running(const JobRow& job, UtcTime now) {
  // One that was told to stop is thawed for its last words, and uses its cores.
  const bool stands_still = job.is_frozen && job.asked < Wish::kStop;
  RunningJob running{.needs = job.needs, .gpus = job.gpus, .is_frozen = stands_still};
  if (job.at_most && !job.is_frozen) {  // what is frozen ends when somebody wants it to
    running.at_most = std::max(Seconds(0), *job.at_most - (now - job.changed));
  }
  return running;
}

bool is_thawed_when_there_is_room(const JobRow& job) {
  return job.state == kInterrupted && job.is_frozen && job.wish == Wish::kResume;
}

/// What the job takes of the host beside what it holds already.
WaitingJob as_waiting(const JobRow& job) {
  return {.run = job.run,
          .needs = job.is_frozen ? Needs{.cpus = job.needs.cpus} : job.needs,
          .priority = job.priority,
          .at_most = job.at_most};
}

}  // namespace

Result<Outlook> Dispatcher::step() {
  for (int round = 0; round < kMostRounds; ++round) {
    WATTLE_ASSIGN_OR_RETURN(const auto jobs, parts_.jobs.active());
    remember_all(jobs);
    WATTLE_ASSIGN_OR_RETURN(const bool advanced, advance_all(jobs));
    if (advanced) {
      continue;  // places are given away when it is known who still needs one
    }
    WATTLE_ASSIGN_OR_RETURN(const bool admitted, admit_waiting(jobs));
    if (!admitted) {
      return outlook(jobs);
    }
  }
  WATTLE_ASSIGN_OR_RETURN(const auto jobs, parts_.jobs.active());
  remember_all(jobs);
  auto busy = outlook(jobs);
  busy.next = parts_.clock.utc_now();
  return busy;
}

void Dispatcher::remember_all(const Jobs& jobs) {
  std::erase_if(memory_, [&](const auto& entry) {
    return !std::ranges::binary_search(jobs, entry.first, {}, &JobRow::run);
  });
  std::ranges::for_each(jobs, [this](const JobRow& job) { remember(job); });
}

void Dispatcher::remember(const JobRow& job) {
  auto& memory = memory_[job.run];
  if (memory.changed != job.changed || memory.state != job.state || memory.attempt != job.attempt) {
    memory = {.failed_starts = memory.failed_starts,
              .state = job.state,
              .attempt = job.attempt,
              .changed = job.changed};
  }
}

Result<bool> Dispatcher::advance_all(const Jobs& jobs) {
  bool any = false;
  for (const auto& job : jobs) {
    if (!is_due(job)) {
      continue;
    }
    const auto changed = advance(job);
    if (changed.ok()) {
      any = any || *changed;
      continue;
    }
    postpone(job, changed.error());
  }
  return any;
}

/// One job's trouble (a full disk, a damaged folder) must not hold the others up.
void Dispatcher::postpone(const JobRow& job, const Error& error) {
  parts_.log.write(LogLevel::kWarning, "a job could not be advanced",
                   {{"run", job.run}, {"error", error.message()}});
  memory_[job.run].retry_at = parts_.clock.utc_now() + kStartDelay;
}

bool Dispatcher::is_due(const JobRow& job) {
  auto& memory = memory_[job.run];
  if (memory.retry_at && *memory.retry_at > parts_.clock.utc_now()) {
    return false;
  }
  memory.retry_at.reset();
  return true;
}

Result<bool> Dispatcher::advance(const JobRow& job) {
  switch (job.state) {
    case kPending:
      return advance_pending(job);
    case kWaiting:
      return advance_waiting(job);
    case kStarting:
      return advance_starting(job);
    case kRunning:
      return advance_running(job);
    case kInterrupting:
      return advance_interrupting(job);
    case kInterrupted:
      return advance_interrupted(job);
    case kUploading:
      return finish(job);
    case kSucceeded:
    case kFailed:
    case kStopped:
      break;
  }
  return advance_ended(job);
}

std::string Dispatcher::folder_of(const JobRow& job) const {
  return parts_.desk.catalog().home().attempt(job.run, job.attempt);
}

Status Dispatcher::change(const JobRow& job, StateChange change, const JobStore::Also& also) {
  change.from = job.state;
  change.seen = job.wish;
  WATTLE_RETURN_IF_ERROR(parts_.jobs.change(job.run, change, also));
  parts_.desk.announce(job.run, change.to);
  return {};
}

Result<bool> Dispatcher::advance_pending(const JobRow& job) {
  if (job.wish != Wish::kNone) {
    return advance_waiting(job);
  }
  WATTLE_ASSIGN_OR_RETURN(const auto needed, parts_.jobs.dependencies(job.run));
  bool all_succeeded = true;
  for (const auto& [run, state] : needed) {
    if (state == kFailed || state == kStopped) {
      return end_without_attempt(job, kFailed,
                                 concat("run ", run, ", which it comes after, ", to_string(state)));
    }
    all_succeeded = all_succeeded && state == kSucceeded;
  }
  if (!all_succeeded) {
    return false;
  }
  WATTLE_RETURN_IF_ERROR(change(job, {.to = kWaiting}));
  return true;
}

Result<bool> Dispatcher::advance_waiting(const JobRow& job) {
  if (job.wish >= Wish::kStop) {
    return end_without_attempt(
        job, kStopped,
        job.attempt == 0 ? "stopped before it began" : "stopped between two attempts");
  }
  if (job.wish == Wish::kPause) {
    WATTLE_RETURN_IF_ERROR(
        change(job, {.to = kInterrupted, .reason = "held on request", .fulfils_wish = true}));
    return true;
  }
  if (job.wish == Wish::kResume) {
    return fulfil_wish(job);
  }
  const auto impossible = impossible_needs(parts_.desk.capacity(), job.needs);
  if (impossible.empty()) {
    return false;
  }
  return end_without_attempt(job, kFailed, impossible);
}

/// It ends while no attempt of it lives; those that it had are settled.
Result<bool> Dispatcher::end_without_attempt(const JobRow& job, JobState to,
                                             const std::string& reason) {
  if (job.attempt == 0) {
    WATTLE_RETURN_IF_ERROR(change(job, {.to = to, .reason = reason}));
  } else {
    WATTLE_ASSIGN_OR_RETURN(auto receipt, parts_.desk.settle(job.run));
    receipt.run.state = to_string(to);
    receipt.run.reason = reason;
    WATTLE_RETURN_IF_ERROR(parts_.desk.catalog().save_receipt(receipt));
    WATTLE_RETURN_IF_ERROR(change(job, {.to = to, .reason = reason}, [&](store::Session& session) {
      return parts_.jobs.save_receipt(session, receipt);
    }));
  }
  parts_.desk.attempts().forget_caller(job.run);
  return true;
}

Result<bool> Dispatcher::fulfil_wish(const JobRow& job) {
  WATTLE_RETURN_IF_ERROR(parts_.jobs.fulfil_wish(job.run, job.wish));
  parts_.desk.announce(job.run, job.state);  // whoever asked waits for this
  return true;
}

Result<bool> Dispatcher::admit_waiting(const Jobs& jobs) {
  const UtcTime now = parts_.clock.utc_now();
  std::vector<RunningJob> running;
  std::vector<WaitingJob> waiting;
  for (const auto& job : jobs) {
    if (has_live_attempt(job.state) || (job.state == kInterrupted && job.is_frozen)) {
      running.push_back(as_running(job, now));
    }
    const bool is_ready = job.state == kWaiting && job.ready <= now && job.wish == Wish::kNone;
    if ((is_ready || is_thawed_when_there_is_room(job)) && is_due(job)) {
      waiting.push_back(as_waiting(job));
    }
  }
  const auto admitted = admit(parts_.desk.capacity(), running, waiting);
  for (const auto& admission : admitted) {
    const auto job = std::ranges::lower_bound(jobs, admission.run, {}, &JobRow::run);
    const auto started = job->is_frozen ? thaw(*job) : start(*job, admission);
    if (!started.ok()) {
      postpone(*job, started.error());
    }
  }
  return !admitted.empty();
}

/// Its place is taken in the database first; whoever takes the job over then thaws it again.
Status Dispatcher::thaw(const JobRow& job) {
  WATTLE_RETURN_IF_ERROR(change(job, {.to = kRunning, .is_frozen = false, .fulfils_wish = true}));
  return parts_.executor.thaw(folder_of(job));
}

Status Dispatcher::start(const JobRow& job, const Admission& admission) {
  WATTLE_RETURN_IF_ERROR(
      change(job, {.to = kStarting, .attempt = job.attempt + 1, .gpus = admission.gpus}));
  WATTLE_ASSIGN_OR_RETURN(const auto starting, parts_.jobs.get(job.run));
  remember(starting);
  const auto begun = begin_attempt(starting);
  return begun.ok() ? Status() : Status(begun.error());
}

Result<bool> Dispatcher::begin_attempt(const JobRow& job) {
  const auto status = start_attempt(job);
  if (!status.ok()) {
    return give_back(job, status.error());
  }
  memory_[job.run].failed_starts = 0;
  WATTLE_RETURN_IF_ERROR(change(job, {.to = kRunning}));
  return true;
}

Status Dispatcher::start_attempt(const JobRow& job) {
  const auto& attempts = parts_.desk.attempts();
  WATTLE_ASSIGN_OR_RETURN(const auto record, parts_.jobs.record(job.run));
  WATTLE_ASSIGN_OR_RETURN(const auto caller, attempts.caller_of(record));
  AttemptPlan plan{.number = job.attempt};
  if (!parts_.desk.capacity().gpus.empty()) {
    plan.gpus = job.gpus;
  }
  if (job.attempt > 1) {
    WATTLE_ASSIGN_OR_RETURN(const auto newest, attempts.newest_checkpoint(job.run));
    if (newest.record) {
      plan.resume_from =
          path_join(parts_.desk.catalog().home().checkpoints(job.run), newest.record->path);
    }
  }
  return attempts.start(record, plan, caller);
}

/// The attempt could not be started: its number is used up, and the job waits for the next one.
Result<bool> Dispatcher::give_back(const JobRow& job, const Error& error) {
  // Fenced first: a supervisor that is only late must find that its attempt has ended.
  WATTLE_ASSIGN_OR_RETURN(const auto exit, parts_.desk.attempts().fence(job.run, job.attempt));
  WATTLE_RETURN_IF_ERROR(note_end(job, exit));
  auto& memory = memory_[job.run];
  const bool is_passing = error.code() == ErrorCode::kIo || error.code() == ErrorCode::kUnavailable;
  const bool is_full = error.code() == ErrorCode::kIo;  // space may return: it is waited for
  ++memory.failed_starts;
  if (!is_passing || (!is_full && memory.failed_starts >= kMostFailedStarts)) {
    WATTLE_RETURN_IF_ERROR(change(job, {.to = kWaiting, .reason = error.message()}));
    WATTLE_ASSIGN_OR_RETURN(const auto waiting, parts_.jobs.get(job.run));
    return end_without_attempt(waiting, kFailed, concat("it cannot be started: ", error.message()));
  }
  const auto delay =
      std::min(kStartDelay * static_cast<double>(memory.failed_starts), kMostStartDelay);
  parts_.log.write(LogLevel::kWarning, "a job could not be started",
                   {{"run", job.run}, {"error", error.message()}});
  WATTLE_RETURN_IF_ERROR(change(
      job, {.to = kWaiting,
            .reason = concat("it could not be started: ", error.message(), "; tried again soon"),
            .ready = parts_.clock.utc_now() + delay}));
  return true;
}

Outlook Dispatcher::outlook(const Jobs& jobs) {
  Outlook outlook;
  outlook.active = jobs.size();
  const UtcTime now = parts_.clock.utc_now();
  const auto look_at = [&](UtcTime at) {
    outlook.next = outlook.next ? std::min(*outlook.next, at) : at;
  };
  for (const auto& job : jobs) {
    auto& memory = memory_[job.run];
    if (job.state == kWaiting && job.ready > now) {
      look_at(job.ready);
    }
    if (job.state == kStarting) {
      look_at(now + kTakeoverCheck);
    }
    // What is put off is not looked at before, whatever else is due of it.
    if (const auto due = memory.retry_at ? memory.retry_at : memory.budget_due) {
      look_at(*due);
    }
    if (memory.end.is_open()) {
      outlook.descriptors.push_back(memory.end.get());
    }
  }
  return outlook;
}

}  // namespace wattle::job
