#include "supervisor.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::supervise {
namespace {

constexpr Seconds kReconnectTimeout{1};  // the job's pipes fill meanwhile: not for long
constexpr Seconds kRestGrace{1};         // for what the main process leaves behind
constexpr Seconds kKillPause{0.05};      // between rounds of SIGKILL where cgroup.kill is not had
constexpr Seconds kKillTime{30};         // then a process is stuck in the kernel
constexpr int kCannotStart = 126;

std::string without_value(std::string_view name) {
  return concat(name, "=");
}

/// The job's environment, and ours: a meter that we start must not be taken for the job.
std::vector<std::string> separate_environments(std::vector<std::string> environment,
                                               const std::string& owner) {
  const std::string attempt = without_value("WATTLE_ATTEMPT");
  std::erase_if(environment, [&](const std::string& entry) {
    return entry.starts_with(without_value(energy::kPlatformVariable)) ||
           entry.starts_with(attempt);
  });
  environment.push_back(attempt + owner);
  ::unsetenv("WATTLE_ATTEMPT");  // NOLINT(concurrency-mt-unsafe)
  ::setenv(std::string(energy::kPlatformVariable).c_str(), "meter",
           1);  // NOLINT(concurrency-mt-unsafe)
  return environment;
}

std::string group_name(const Options& options) {
  std::string name = concat(options.run, "-", options.attempt);
  std::ranges::replace_if(name, [](char c) { return c == '/' || c == '\n' || c == ' '; }, '_');
  return name;
}

std::int64_t own_cpu_microseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

}  // namespace

Supervisor::Supervisor(FileSystem& files, const Clock& clock, Options options,
                       std::vector<std::string> environment)
    : files_(files), clock_(clock), options_(std::move(options)), meter_(options_.meter) {
  plan_.command = options_.command;
  plan_.environment = separate_environments(std::move(environment), options_.owner());
  plan_.stdio = options_.stdio;
}

Result<Supervisor::Sources> Supervisor::make_sources() {
  ::signal(SIGCHLD, SIG_DFL);  // an inherited SIG_IGN would hide how the job ended
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &plan_.inherited.pipe_action);
  // A limit on file sizes (ulimit -f) is there for the job, and must not end who watches it.
  ::sigaction(SIGXFSZ, &ignore, &plan_.inherited.file_size_action);
  WATTLE_ASSIGN_OR_RETURN(auto loop, EventLoop::create());
  WATTLE_ASSIGN_OR_RETURN(auto signals, SignalSource::create(plan_.inherited.mask));
  WATTLE_ASSIGN_OR_RETURN(auto tick, Timer::create());
  WATTLE_ASSIGN_OR_RETURN(auto limit, Timer::create());
  WATTLE_ASSIGN_OR_RETURN(auto ending, Timer::create());
  WATTLE_ASSIGN_OR_RETURN(auto meter, Timer::create());
  return Sources{.loop = std::move(loop),
                 .signals = std::move(signals),
                 .tick = std::move(tick),
                 .limit = std::move(limit),
                 .ending = std::move(ending),
                 .meter = std::move(meter)};
}

Status Supervisor::run() {
  if (options_.stdio == Stdio::kCapture) {
    ::setsid();  // fails, harmlessly, when whoever started us has done it
  }
  WATTLE_ASSIGN_OR_RETURN(attempt_, AttemptFiles::open(files_, clock_, options_));
  end_.protocol = options_.protocol;
  end_.boot_id = clock_.boot_id();
  end_.started_utc = clock_.utc_now();
  end_.started_boot = clock_.boot_now();
  auto status = prepare();
  if (status.ok()) {
    status = start();
  }
  if (!status.ok()) {
    record_failure(kCannotStart, status.error().message());
  }
  while (!is_over()) {
    sources_->loop.run_once();
  }
  return finish();
}

Status Supervisor::prepare() {
  WATTLE_ASSIGN_OR_RETURN(auto sources, make_sources());
  sources_.emplace(std::move(sources));
  meter_.connect(options_.meter.timeout);
  end_.metered = meter_.is_connected() && meter_.sample();
  WATTLE_ASSIGN_OR_RETURN(group_, energy::ProcessGroup::create({.name = group_name(options_),
                                                                .accounting = options_.accounting,
                                                                .cpus = options_.cpus,
                                                                .memory = options_.memory}));
  end_.accounting = to_string(group_->accounting());
  if (options_.stdio == Stdio::kCapture) {
    streams_ = std::make_unique<CapturedStreams>(
        sources_->loop, clock_, attempt_->path("output.log"), options_.output_limit);
  }
  return attempt_->begin_usage({.run = options_.run,
                                .attempt = options_.attempt,
                                .project = options_.project,
                                .reserved_cpus = options_.reserve ? options_.cpus : 0,
                                .accounting = end_.accounting});
}

Status Supervisor::start() {
  connect_handlers();
  WATTLE_ASSIGN_OR_RETURN(auto launch, Launch::prepare(plan_, *group_));
  main_ = launch.pid();
  end_.started_utc = clock_.utc_now();
  end_.started_boot = clock_.boot_now();
  WATTLE_RETURN_IF_ERROR(attempt_->write_start({
      .protocol = options_.protocol,
      .pid = ::getpid(),
      .main_pid = main_,
      .group = options_.stdio == Stdio::kCapture ? main_ : ::getpgrp(),
      .owner = options_.owner(),
      .boot_id = end_.boot_id,
      .started_utc = end_.started_utc,
      .started_boot = end_.started_boot,
      .cgroups = group_->folders(),
      .accounting = end_.accounting,
      .accounting_reason = group_->explanation(),
      .checkpoint_request = options_.checkpoint.request,
  }));
  attempt_->append(take_sample());
  if (streams_) {
    streams_->open(launch.take_output(), launch.take_error());
  }
  if (const auto failure = launch.release()) {
    record_failure(failure->exit_code, failure->reason);
  }
  return {};
}

void Supervisor::record_failure(int exit_code, std::string reason) {
  end_.outcome = Outcome::kNotStarted;
  end_.status = {.code = exit_code, .signal = 0};
  end_.reason = std::move(reason);
  if (main_ < 0) {
    main_ended_ = true;  // there is nothing to wait for
  }
}

void Supervisor::connect_handlers() {
  auto& loop = sources_->loop;
  loop.add(sources_->signals.descriptor(), [this] { on_signals(); });
  loop.add(sources_->tick.descriptor(), [this] { on_tick(); });
  loop.add(sources_->limit.descriptor(), [this] {
    sources_->limit.acknowledge();
    stop(Cause::kTimeLimit);
  });
  loop.add(sources_->ending.descriptor(), [this] { on_ending(); });
  loop.add(sources_->meter.descriptor(), [this] { on_meter_retry(); });
  sources_->tick.start_ticks(clock_.boot_now(), options_.period);
  if (options_.time_limit.value() > 0) {
    sources_->limit.start(options_.time_limit);
  }
  watch_meter();
}

void Supervisor::on_signals() {
  while (const auto signal = sources_->signals.next()) {
    const auto number = static_cast<int>(signal->ssi_signo);
    // Ctrl-C and Ctrl-\ in a terminal that we share reach the job by themselves, as under a shell.
    const bool from_terminal = options_.stdio == Stdio::kInherit && signal->ssi_code == SI_KERNEL;
    if (number == SIGCHLD) {
      reap();
    } else if (number == SIGHUP ? options_.stdio == Stdio::kInherit : !from_terminal) {
      stop(Cause::kStopped);
    }
  }
}

void Supervisor::reap() {
  int status = 0;
  rusage usage{};
  pid_t pid = 0;
  while ((pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0) {
    group_->reaped(pid, usage);
    if (pid == main_ && end_.outcome != Outcome::kNotStarted) {
      end_.status = WIFSIGNALED(status) ? ExitStatus{.code = 0, .signal = WTERMSIG(status)}
                                        : ExitStatus{.code = WEXITSTATUS(status), .signal = 0};
    }
    if (pid == main_) {
      main_ended_ = true;
      sources_->limit.stop();
    }
  }
  if (main_ended_) {
    end_rest();
  }
}

void Supervisor::end_rest() {
  if (cause_ == Cause::kNone && !resting_ && !killing_since_ && !group_->empty()) {
    resting_ = true;
    group_->signal(SIGTERM);
    group_->signal(SIGCONT);
    sources_->ending.start(std::min(kRestGrace, options_.grace));
  }
}

void Supervisor::stop(Cause cause) {
  if (main_ended_ || cause_ != Cause::kNone) {
    if (cause == Cause::kStopped) {
      kill_all();  // asked twice: no more patience
    }
    return;
  }
  cause_ = cause;
  group_->signal(SIGTERM);
  group_->signal(SIGCONT);  // a stopped process could not act on it
  sources_->ending.start(options_.grace);
}

void Supervisor::on_ending() {
  sources_->ending.acknowledge();
  kill_all();
}

void Supervisor::kill_all() {
  if (!killing_since_) {
    killing_since_ = clock_.boot_now();
  }
  given_up_ = clock_.boot_now() - *killing_since_ > kKillTime;
  group_->kill();
  sources_->ending.start(kKillPause);
}

bool Supervisor::is_over() {
  return given_up_ || (main_ended_ && (!group_ || group_->empty()));
}

void Supervisor::on_tick() {
  sources_->tick.acknowledge();
  attempt_->append(take_sample());
  if (streams_) {
    streams_->flush();
  }
}

energy::GroupSample Supervisor::take_sample() {
  auto sample = group_->sample(clock_.boot_now());
  sample.supervisor_cpu_microseconds = own_cpu_microseconds();
  return sample;
}

void Supervisor::watch_meter() {
  if (meter_.is_connected()) {
    sources_->loop.add(meter_.descriptor(), [this] { on_meter(); });
  } else if (const auto delay = meter_.next_retry()) {
    sources_->meter.start(*delay);
  }
}

void Supervisor::on_meter() {
  const int descriptor = meter_.descriptor();
  if (!meter_.check()) {
    // Closed by now, and with it forgotten by epoll; only the handler is left to remove.
    sources_->loop.remove(descriptor);
    watch_meter();
  }
}

void Supervisor::on_meter_retry() {
  sources_->meter.acknowledge();
  meter_.connect(kReconnectTimeout);
  watch_meter();
}

void Supervisor::describe_end() {
  if (end_.outcome == Outcome::kNotStarted) {
    return;
  }
  end_.memory_kills = group_->memory_kills();
  const auto how = end_.status.signal != 0 ? concat("signal ", end_.status.signal)
                                           : concat("exit code ", end_.status.code);
  if (cause_ == Cause::kTimeLimit) {
    end_.outcome = Outcome::kTimeLimit;
    end_.reason =
        concat("the time limit of ", format_duration(options_.time_limit), " passed (", how, ")");
  } else if (cause_ == Cause::kStopped) {
    end_.outcome = Outcome::kStopped;
    end_.reason = concat("stopped on request (", how, ")");
  } else if (end_.memory_kills > 0 && !end_.status.success()) {
    end_.outcome = Outcome::kMemoryLimit;
    end_.reason = concat(
        "the kernel killed ", end_.memory_kills, " of its processes: out of memory",
        options_.memory.value() > 0 ? concat(" at the limit of ", options_.memory.value(), " bytes")
                                    : std::string(),
        " (", how, ")");
  } else {
    end_.outcome = end_.status.signal != 0 ? Outcome::kSignaled : Outcome::kExited;
    end_.reason = end_.status.signal != 0 ? concat("ended by ", how) : "";
  }
  if (given_up_) {
    end_.reason += concat(end_.reason.empty() ? "" : "; ", group_->members().size(),
                          " processes could not be ended");
  }
}

Status Supervisor::finish() {
  if (group_) {
    end_.usage = take_sample();
    describe_end();
  }
  end_.ended_utc = clock_.utc_now();
  end_.ended_boot = group_ ? end_.usage.at : clock_.boot_now();
  if (streams_) {
    streams_->finish();
    end_.output_dropped_bytes = streams_->log().dropped_bytes();
    end_.output_discarded_bytes = streams_->log().discarded_bytes();
  }
  attempt_->free_reserve();  // after the output, which would fill it
  if (group_) {
    attempt_->append(end_.usage);
  }
  end_.metered = meter_.sample() && end_.metered;
  end_.meter_losses = meter_.losses();
  end_.usage_dropped_samples = attempt_->dropped_samples();
  group_.reset();  // its control groups are gone before anybody is told that the attempt has ended
  return attempt_->write_end(end_);
}

}  // namespace wattle::supervise
