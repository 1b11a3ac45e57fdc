#include "wattle/executor/local_executor.h"

#include <array>
#include <cmath>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/energy/process_group_tree.h"
#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/lost_attempt.h"
#include "wattle/executor/waiting.h"

namespace wattle::executor {
namespace {

// A supervisor takes its attempt over within this time; it waits at most 5 s for a meter.
constexpr Seconds kTakeover{30};
constexpr std::string_view kSupervisorLog = "supervisor.log";

bool is_folder(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// Was something made or renamed in the folder only now?
bool is_fresh(const std::string& folder, UtcTime now) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) {
    return false;
  }
  const UtcTime changed{info.st_mtim.tv_sec * kNanosPerSecond + info.st_mtim.tv_nsec};
  return std::abs((now - changed).value()) < kTakeover.value();
}

/// When the process began, by the boot clock; 0 when it cannot be told. The kernel counts in ticks:
/// proc(5), field 22.
std::int64_t started_ns(pid_t pid) {
  const auto stat = energy::read_kernel_file(fmt::format("/proc/{}/stat", pid));
  const auto name_end = stat ? stat->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) {
    return 0;
  }
  constexpr std::size_t kFieldAfterName = 22 - 2;
  const auto fields = split(std::string_view(*stat).substr(name_end + 1), ' ');
  const auto ticks = fields.size() > kFieldAfterName ? parse_integer(fields[kFieldAfterName])
                                                     : Result<std::int64_t>(0);
  return ticks.ok() ? *ticks * (kNanosPerSecond / ::sysconf(_SC_CLK_TCK)) : 0;
}

std::string last_line(const std::string& text) {
  const auto trimmed = trim(text);
  return std::string(trimmed.substr(trimmed.rfind('\n') + 1));
}

std::string number(double value) {
  return fmt::format("{}", value);
}

Status check_folders(const AttemptSpec& spec) {
  if (!is_folder(spec.folder)) {
    return Error(ErrorCode::kNotFound, "the attempt's folder " + spec.folder + " does not exist");
  }
  if (!spec.working_folder.empty() && !is_folder(spec.working_folder)) {
    return Error(ErrorCode::kNotFound, "the working folder " + spec.working_folder +
                                           " is no folder; make it, or name another");
  }
  return {};
}

}  // namespace

LocalExecutor::LocalExecutor(FileSystem& files, Subprocess& subprocess, const Clock& clock,
                             Options options)
    : files_(files), subprocess_(subprocess), clock_(clock), options_(std::move(options)) {
  if (options_.supervisor_program.find('/') != std::string::npos) {
    // It is executed from the job's folder.
    options_.supervisor_program = absolute_path(options_.supervisor_program);
  }
}

std::vector<std::string> LocalExecutor::command_line(const AttemptSpec& spec) const {
  std::vector<std::string> words{options_.supervisor_program,
                                 "--protocol",
                                 std::to_string(kSupervisorProtocol),
                                 "--folder",
                                 absolute_path(spec.folder),
                                 "--run",
                                 spec.run,
                                 "--attempt",
                                 std::to_string(spec.attempt),
                                 "--project",
                                 spec.project,
                                 "--cpus",
                                 number(spec.cpus),
                                 "--memory",
                                 std::to_string(spec.memory.value()),
                                 "--time-limit",
                                 number(spec.time_limit.value()),
                                 "--grace",
                                 number(spec.grace.value()),
                                 "--output-limit",
                                 std::to_string(spec.output_limit.value()),
                                 "--stdio",
                                 spec.streams == Streams::kCapture ? "capture" : "inherit",
                                 "--period",
                                 number(options_.period.value())};
  if (spec.reserve_cpus) {
    words.emplace_back("--reserve");
  }
  if (!spec.observed.empty()) {
    words.insert(words.end(), {"--observe", spec.observed});
  }
  const auto& plan = spec.checkpoint;
  if (!plan.folder.empty()) {
    words.insert(words.end(), {"--checkpoint-folder", absolute_path(plan.folder),
                               "--checkpoint-request", plan.request, "--checkpoint-timeout",
                               number(plan.timeout.value()), "--checkpoint-interval",
                               number(plan.interval.value()), "--mean-time-between-interruptions",
                               number(plan.mean_time_between_interruptions.value())});
  }
  for (const auto& name : spec.redact) {
    words.insert(words.end(), {"--redact", name});
  }
  for (const auto& socket : options_.meter_sockets) {
    words.insert(words.end(), {"--meter-socket", socket});
  }
  for (const auto& word : options_.meter_start) {
    words.insert(words.end(), {"--meter-start", word});
  }
  words.emplace_back("--");
  words.insert(words.end(), spec.argv.begin(), spec.argv.end());
  return words;
}

Result<std::unique_ptr<Process>> LocalExecutor::spawn(const AttemptSpec& spec) {
  // By WATTLE_ATTEMPT the job's processes are told from others. The supervisor is none of them: it
  // sets the mark for the job.
  auto environment = spec.environment;
  std::erase_if(environment,
                [](const std::string& entry) { return entry.starts_with("WATTLE_ATTEMPT="); });
  Command command{.argv = command_line(spec),
                  .environment = std::move(environment),
                  .folder = spec.working_folder};
  Descriptor null;
  Descriptor log;
  if (spec.streams == Streams::kCapture) {
    const std::string path = path_join(spec.folder, kSupervisorLog);
    null = Descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC));
    log = Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!null.is_open() || !log.is_open()) {
      return error_from_errno(errno, "opening " + path);
    }
    command.input = command.output = null.get();
    command.error = log.get();
    command.new_session = true;
  } else if (spec.streams == Streams::kInheritOutputToError) {
    command.output = STDERR_FILENO;
  }
  auto process = subprocess_.start(command);
  if (!process.ok()) {
    return Error(ErrorCode::kUnavailable,
                 "the supervisor cannot be started: " + process.error().message());
  }
  return process;
}

Status LocalExecutor::start(const AttemptSpec& spec) {
  WATTLE_CHECK(!spec.argv.empty(), "an attempt needs a command");
  WATTLE_CHECK(spec.checkpoint.request == "none" || !spec.checkpoint.folder.empty(),
               "checkpoints need a folder");
  WATTLE_RETURN_IF_ERROR(check_folders(spec));
  if (files_.exists(supervisor_file(spec.folder)) || files_.exists(exit_file(spec.folder))) {
    return Error(ErrorCode::kFailedPrecondition,
                 fmt::format("attempt {}/{} has been started before; start the next attempt",
                             spec.run, spec.attempt));
  }
  reap();
  WATTLE_ASSIGN_OR_RETURN(auto watch, FolderWatch::open(spec.folder, FolderWatch::Events::kNames));
  WATTLE_ASSIGN_OR_RETURN(auto process, spawn(spec));
  const auto status = wait_for_takeover(*process, watch, spec);
  started_.insert_or_assign(spec.folder, std::move(process));
  return status;
}

Status LocalExecutor::wait_for_takeover(Process& supervisor, FolderWatch& watch,
                                        const AttemptSpec& spec) {
  const auto has_taken_over = [&] {
    const auto record = read_supervisor(files_, spec.folder);
    return (record.ok() && record->pid == supervisor.pid()) ||
           files_.exists(exit_file(spec.folder));
  };
  constexpr std::size_t kEnded = 0;
  while (!has_taken_over()) {
    const std::array descriptors{supervisor.pidfd(), watch.descriptor()};
    if (wait_readable(descriptors) != kEnded) {
      watch.take("");
    } else if (!has_taken_over()) {
      WATTLE_ASSIGN_OR_RETURN(const auto status, supervisor.wait());
      const auto log = files_.read(path_join(spec.folder, kSupervisorLog));
      const std::string words = log.ok() ? last_line(*log) : "";
      return Error(ErrorCode::kUnavailable,
                   fmt::format("the supervisor ended before it took attempt {}/{} over ({} {}){}{}",
                               spec.run, spec.attempt, status.signal != 0 ? "signal" : "exit code",
                               status.signal != 0 ? status.signal : status.code,
                               words.empty() ? "" : ": ", words));
    }
  }
  return {};
}

Result<AttemptState> LocalExecutor::state(const std::string& folder) {
  if (files_.exists(exit_file(folder))) {
    return AttemptState::kEnded;
  }
  if (!is_folder(folder)) {
    return Error(ErrorCode::kNotFound, "there is no attempt in " + folder);
  }
  // The lock is tried only when its supervisor surely has it, or never will: one that is about to
  // take it must not find it taken by somebody who only looks.
  const bool took_over = files_.exists(supervisor_file(folder)) ||
                         files_.exists(path_join(folder, "exit.reserve")) ||
                         has_ended_supervisor(folder);
  if (!took_over && is_fresh(folder, clock_.utc_now())) {
    return AttemptState::kStarting;
  }
  if (!files_.exists(lock_file(folder))) {
    return AttemptState::kLost;
  }
  const auto lock = files_.try_lock(lock_file(folder));
  if (lock.ok()) {
    return files_.exists(exit_file(folder)) ? AttemptState::kEnded : AttemptState::kLost;
  }
  if (lock.error().code() != ErrorCode::kUnavailable) {
    return lock.error();
  }
  return AttemptState::kRunning;
}

Result<Descriptor> LocalExecutor::open_supervisor(const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto record, read_supervisor(files_, folder));
  if (record.boot_id != clock_.boot_id()) {
    return Error(ErrorCode::kUnsupported,
                 "attempt " + record.owner + " runs on another host; ask there");
  }
  auto process = open_process(record.pid);
  if (process.is_open() && started_ns(record.pid) > record.started_boot.ns) {
    process.reset();  // the supervisor has gone, and its number has come to name another
  }
  return process;
}

Result<LocalExecutor::Change> LocalExecutor::wait_for_change(const std::string& folder,
                                                             int cancel) {
  const auto process = open_supervisor(folder);
  if (!process.ok()) {
    return process.error().code() == ErrorCode::kNotFound ? wait_for_word(folder, cancel)
                                                          : process.error();
  }
  if (!process->is_open()) {
    return Change::kSupervisorEnded;
  }
  const auto ready = wait_readable(std::array{cancel, process->get()});
  return ready == 0U ? Change::kCancelled : Change::kSupervisorEnded;
}

Result<LocalExecutor::Change> LocalExecutor::wait_for_word(const std::string& folder, int cancel) {
  WATTLE_ASSIGN_OR_RETURN(auto watch, FolderWatch::open(folder, FolderWatch::Events::kNames));
  if (files_.exists(supervisor_file(folder)) || files_.exists(exit_file(folder))) {
    return Change::kPerhaps;
  }
  const auto own = started_.find(folder);
  const int own_process = own == started_.end() ? -1 : own->second->pidfd();
  const auto ready = wait_readable(std::array{cancel, own_process, watch.descriptor()}, kTakeover);
  return ready == 0U   ? Change::kCancelled
         : ready == 1U ? Change::kSupervisorEnded
                       : Change::kPerhaps;
}

Result<ExitRecord> LocalExecutor::wait(const std::string& folder, int cancel) {
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const auto now, state(folder));
    if (now == AttemptState::kEnded || now == AttemptState::kLost) {
      return exit_record(folder);
    }
    WATTLE_ASSIGN_OR_RETURN(const auto change, wait_for_change(folder, cancel));
    if (change == Change::kCancelled) {
      return Error(ErrorCode::kCancelled, "no longer waiting for the attempt in " + folder);
    }
    if (change == Change::kSupervisorEnded) {
      // Not asked by its state: a process that is just dying, or another observer, may hold the
      // lock.
      return settle_lost(files_, clock_, folder);
    }
  }
}

Result<ExitRecord> LocalExecutor::exit_record(const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto now, state(folder));
  reap();
  if (now == AttemptState::kLost) {
    return settle_lost(files_, clock_, folder);
  }
  if (now != AttemptState::kEnded) {
    return Error(ErrorCode::kFailedPrecondition, "the attempt in " + folder + " has not ended");
  }
  return read_exit(files_, folder);
}

bool LocalExecutor::has_ended_supervisor(const std::string& folder) {
  const auto own = started_.find(folder);
  if (own == started_.end()) {
    return false;
  }
  const auto ended = own->second->poll();
  return ended.ok() && ended->has_value();
}

void LocalExecutor::reap() {
  std::erase_if(started_, [this](auto& entry) {
    const auto ended = entry.second->poll();
    return ended.ok() && ended->has_value() && files_.exists(exit_file(entry.first));
  });
}

}  // namespace wattle::executor
