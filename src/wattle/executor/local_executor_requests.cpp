// What a running attempt can be asked for: through its supervisor, by signals.
#include <array>
#include <csignal>

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/checkpoint_records.h"
#include "wattle/executor/local_executor.h"
#include "wattle/executor/waiting.h"

namespace wattle::executor {
namespace {

// Longer than any process needs to come to a stand that is not stuck in the kernel.
constexpr Seconds kStandStill{30};

Error only_starting(const std::string& folder) {
  return Error(ErrorCode::kUnavailable,
               "the attempt in " + folder + " is only just starting; try again");
}

/// SIGTERM and SIGINT ask for the end as well.
bool makes_checkpoints_meanwhile(const SupervisorRecord& supervisor) {
  const auto& request = supervisor.checkpoint_request;
  return request == "SIGUSR1" || request == "SIGUSR2" || request == "file" ||
         !supervisor.takes_requests();
}

}  // namespace

Status LocalExecutor::signal(const std::string& folder, std::initializer_list<int> numbers) {
  WATTLE_ASSIGN_OR_RETURN(const auto now, state(folder));
  if (now == AttemptState::kEnded) {
    return {};
  }
  if (now == AttemptState::kLost) {
    const auto settled = exit_record(folder);
    return settled.ok() ? Status() : settled.error();
  }
  const auto process = open_supervisor(folder);
  if (!process.ok()) {
    return process.error().code() == ErrorCode::kNotFound ? only_starting(folder) : process.error();
  }
  for (const int number : numbers) {
    const bool sent = !process->is_open() ||
                      ::syscall(SYS_pidfd_send_signal, process->get(), number, nullptr, 0) == 0;
    if (!sent && errno != ESRCH) {
      return error_from_errno(errno, "signalling the supervisor of " + folder);
    }
  }
  return {};
}

Status LocalExecutor::ask(const std::string& folder, Request request) {
  const auto supervisor = read_supervisor(files_, folder);
  // To a supervisor that does not know it the signal would be deadly.
  if (supervisor.ok() && !supervisor->takes_requests()) {
    return Error(ErrorCode::kUnsupported,
                 fmt::format("attempt {} runs under a supervisor of an earlier version, which can "
                             "only be stopped",
                             supervisor->owner));
  }
  return signal(folder, {signal_of(request)});
}

Status LocalExecutor::stop(const std::string& folder) {
  return signal(folder, {SIGTERM});
}

Status LocalExecutor::kill(const std::string& folder) {
  // Two requests to stop are one to kill; two equal signals that wait to be delivered would be one.
  return signal(folder, {SIGTERM, SIGINT});
}

Status LocalExecutor::interrupt(const std::string& folder) {
  return ask(folder, Request::kInterrupt);
}

Status LocalExecutor::request_checkpoint(const std::string& folder) {
  const auto supervisor = read_supervisor(files_, folder);
  if (supervisor.ok() && !makes_checkpoints_meanwhile(*supervisor)) {
    return Error(ErrorCode::kUnsupported,
                 fmt::format("attempt {} makes no checkpoints while it runs (checkpoint.request: "
                             "{}); interrupt it",
                             supervisor->owner, supervisor->checkpoint_request));
  }
  WATTLE_ASSIGN_OR_RETURN(const bool frozen, is_frozen(folder));
  if (frozen) {
    return Error(ErrorCode::kFailedPrecondition,
                 "the attempt in " + folder + " is frozen; thaw it first");
  }
  return ask(folder, Request::kCheckpoint);
}

Result<bool> LocalExecutor::is_frozen(const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto now, state(folder));
  const auto record = read_freeze(files_, folder);
  if (!record.ok() && record.error().code() != ErrorCode::kNotFound) {
    return record.error();
  }
  return now == AttemptState::kRunning && record.ok() && record->frozen;
}

Status LocalExecutor::freeze(const std::string& folder) {
  WATTLE_RETURN_IF_ERROR(ask(folder, Request::kFreeze));
  WATTLE_RETURN_IF_ERROR(wait_until(folder, Motion::kFrozen));
  WATTLE_ASSIGN_OR_RETURN(const bool frozen, is_frozen(folder));
  return frozen ? Status()
                : Error(ErrorCode::kFailedPrecondition,
                        "the attempt in " + folder + " has ended, or is being ended");
}

Status LocalExecutor::thaw(const std::string& folder) {
  WATTLE_RETURN_IF_ERROR(ask(folder, Request::kThaw));
  return wait_until(folder, Motion::kThawed);
}

Status LocalExecutor::wait_until(const std::string& folder, Motion motion) {
  WATTLE_ASSIGN_OR_RETURN(auto watch, FolderWatch::open(folder, FolderWatch::Events::kNames));
  const BootTime deadline = clock_.boot_now() + kStandStill;
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const auto now, state(folder));
    WATTLE_ASSIGN_OR_RETURN(const bool frozen, is_frozen(folder));
    if (now != AttemptState::kRunning || frozen == (motion == Motion::kFrozen)) {
      return {};
    }
    const auto process = open_supervisor(folder);
    const std::array awaited{process.ok() ? process->get() : -1, watch.descriptor()};
    if (!wait_readable(awaited, deadline - clock_.boot_now())) {
      return Error(
          ErrorCode::kTimeout,
          fmt::format("the attempt in {} did not {} in {:.0f} s; see its supervisor.log", folder,
                      motion == Motion::kFrozen ? "stand still" : "go on", kStandStill.value()));
    }
    watch.take("");
  }
}

Result<std::vector<CheckpointRecord>> LocalExecutor::checkpoints(const std::string& folder) {
  return read_checkpoints(files_, folder);
}

Result<Descriptor> LocalExecutor::open_end(const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto now, state(folder));
  if (now == AttemptState::kEnded || now == AttemptState::kLost) {
    return Descriptor();
  }
  auto process = open_supervisor(folder);
  if (!process.ok() && process.error().code() == ErrorCode::kNotFound) {
    return only_starting(folder);
  }
  return process;
}

}  // namespace wattle::executor
