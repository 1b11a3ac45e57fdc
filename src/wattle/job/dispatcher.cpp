#include "wattle/job/dispatcher.h"

#include <algorithm>

#include "wattle/base/text.h"

namespace wattle::job {
namespace {

using enum JobState;
using executor::AttemptState;

// A job that is looked at again and again without coming to rest is a bug, not a reason to hang.
constexpr int kMostRounds = 64;
// A supervisor that was started by a dispatcher that has died says within this time who it is.
constexpr Seconds kTakeoverCheck{1};
constexpr int kMostFailedStarts = 3;
constexpr Seconds kStartDelay{5};
constexpr Seconds kMostStartDelay{60};

RunningJob as_running(const JobRow& job, UtcTime now) {
  RunningJob running{.needs = job.needs, .gpus = job.gpus, .is_frozen = job.is_frozen};
  if (job.at_most) {
    running.at_most = std::max(Seconds(0), *job.at_most - (now - job.changed));
  }
  return running;
}

}  // namespace

Result<Outlook> Dispatcher::step() {
  for (int round = 0; round < kMostRounds; ++round) {
    WATTLE_ASSIGN_OR_RETURN(const bool advanced, advance_all());
    WATTLE_ASSIGN_OR_RETURN(const bool admitted, admit_waiting());
    if (!advanced && !admitted) {
      return outlook();
    }
  }
  return Error(ErrorCode::kInternal, "the queue does not come to rest");
}

Result<bool> Dispatcher::advance_all() {
  WATTLE_ASSIGN_OR_RETURN(const auto jobs, parts_.jobs.active());
  std::erase_if(memory_, [&](const auto& entry) {
    return std::ranges::find(jobs, entry.first, &JobRow::run) == jobs.end();
  });
  bool any = false;
  for (const auto& job : jobs) {
    auto& memory = memory_[job.run];
    if (memory.changed != job.changed) {
      memory = {.failed_starts = memory.failed_starts, .changed = job.changed};
    }
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
  WATTLE_RETURN_IF_ERROR(parts_.jobs.change(job.run, change, also));
  parts_.desk.announce(job.run, change.to);
  return {};
}

Result<bool> Dispatcher::advance_pending(const JobRow& job) {
  if (job.wish >= Wish::kStop) {
    WATTLE_RETURN_IF_ERROR(
        change(job, {.to = kStopped, .reason = "stopped before it began", .fulfils_wish = true}));
    return true;
  }
  WATTLE_ASSIGN_OR_RETURN(const auto needed, parts_.jobs.dependencies(job.run));
  bool all_succeeded = true;
  for (const auto& [run, state] : needed) {
    if (state == kFailed || state == kStopped) {
      WATTLE_RETURN_IF_ERROR(
          change(job, {.to = kFailed,
                       .reason = concat("run ", run, ", which it comes after, ", to_string(state)),
                       .fulfils_wish = true}));
      return true;
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
    return stop_waiting(job);
  }
  if (job.wish == Wish::kPause) {
    WATTLE_RETURN_IF_ERROR(
        change(job, {.to = kInterrupted, .reason = "held on request", .fulfils_wish = true}));
    return true;
  }
  if (job.wish == Wish::kResume) {
    WATTLE_RETURN_IF_ERROR(parts_.jobs.fulfil_wish(job.run));
    return true;
  }
  const auto impossible = impossible_needs(parts_.desk.capacity(), job.needs);
  if (impossible.empty()) {
    return false;
  }
  WATTLE_RETURN_IF_ERROR(change(job, {.to = kFailed, .reason = impossible}));
  return true;
}

Result<bool> Dispatcher::stop_waiting(const JobRow& job) {
  StateChange stopped{.to = kStopped, .reason = "stopped before it began", .fulfils_wish = true};
  if (job.attempt == 0) {
    WATTLE_RETURN_IF_ERROR(change(job, std::move(stopped)));
    return true;
  }
  stopped.reason = "stopped between two attempts";
  WATTLE_ASSIGN_OR_RETURN(auto receipt, parts_.desk.settle(job.run));
  receipt.run.state = to_string(kStopped);
  receipt.run.reason = stopped.reason;
  WATTLE_RETURN_IF_ERROR(change(job, std::move(stopped), [&](store::Session& session) {
    return parts_.jobs.save_receipt(session, receipt);
  }));
  return true;
}

Result<bool> Dispatcher::admit_waiting() {
  WATTLE_ASSIGN_OR_RETURN(const auto jobs, parts_.jobs.active());
  const UtcTime now = parts_.clock.utc_now();
  std::vector<RunningJob> running;
  std::vector<WaitingJob> waiting;
  for (const auto& job : jobs) {
    if (has_live_attempt(job.state) || (job.state == kInterrupted && job.is_frozen)) {
      running.push_back(as_running(job, now));
    } else if (job.state == kWaiting && job.ready <= now && job.wish == Wish::kNone) {
      waiting.push_back(
          {.run = job.run, .needs = job.needs, .priority = job.priority, .at_most = job.at_most});
    }
  }
  const auto admitted = admit(parts_.desk.capacity(), running, waiting);
  for (const auto& admission : admitted) {
    const auto job = std::ranges::find(jobs, admission.run, &JobRow::run);
    if (const auto started = start(*job, admission); !started.ok()) {
      postpone(*job, started.error());
    }
  }
  return !admitted.empty();
}

Status Dispatcher::start(const JobRow& job, const Admission& admission) {
  WATTLE_RETURN_IF_ERROR(
      change(job, {.to = kStarting, .attempt = job.attempt + 1, .gpus = admission.gpus}));
  WATTLE_ASSIGN_OR_RETURN(const auto starting, parts_.jobs.get(job.run));
  auto& memory = memory_[job.run];
  memory = {.failed_starts = memory.failed_starts, .changed = starting.changed};
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
  WATTLE_RETURN_IF_ERROR(parts_.desk.attempts().fence(job.run, job.attempt));
  auto& memory = memory_[job.run];
  const bool is_passing = error.code() == ErrorCode::kIo || error.code() == ErrorCode::kUnavailable;
  const bool is_full = error.code() == ErrorCode::kIo;  // space may return: it is waited for
  ++memory.failed_starts;
  if (!is_passing || (!is_full && memory.failed_starts >= kMostFailedStarts)) {
    WATTLE_RETURN_IF_ERROR(change(job, {.to = kWaiting, .reason = error.message()}));
    WATTLE_ASSIGN_OR_RETURN(const auto waiting, parts_.jobs.get(job.run));
    WATTLE_RETURN_IF_ERROR(change(
        waiting, {.to = kFailed, .reason = concat("it cannot be started: ", error.message())}));
    return true;
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

Result<Outlook> Dispatcher::outlook() {
  Outlook outlook;
  WATTLE_ASSIGN_OR_RETURN(const auto jobs, parts_.jobs.active());
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
    for (const auto& due : {memory.budget_due, memory.retry_at}) {
      if (due) {
        look_at(*due);
      }
    }
    if (memory.end.is_open()) {
      outlook.descriptors.push_back(memory.end.get());
    }
  }
  return outlook;
}

}  // namespace wattle::job
