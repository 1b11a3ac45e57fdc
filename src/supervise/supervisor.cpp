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
constexpr int kCannotStart = 126;

std::string without_value(std::string_view name) {
  return concat(name, "=");
}

/// The job's environment, and ours: a meter that we start must not be taken for the job.
std::vector<std::string> separate_environments(std::vector<std::string> environment,
                                               const Options& options) {
  auto ours = Checkpoints::environment(options.checkpoint, options.folder);
  ours.push_back(without_value("WATTLE_ATTEMPT") + options.owner());
  std::erase_if(environment, [&](const std::string& entry) {
    const auto name = entry.substr(0, entry.find('=') + 1);
    return name == without_value(energy::kPlatformVariable) ||
           std::ranges::any_of(ours, [&](const auto& own) { return own.starts_with(name); });
  });
  environment.insert(environment.end(), ours.begin(), ours.end());
  ::unsetenv("WATTLE_ATTEMPT");  // NOLINT(concurrency-mt-unsafe)
  ::setenv(std::string(energy::kPlatformVariable).c_str(), "meter",
           1);  // NOLINT(concurrency-mt-unsafe)
  return environment;
}

std::vector<std::string> secrets_in(const std::vector<std::string>& environment,
                                    const std::vector<std::string>& names) {
  std::vector<std::string> secrets;
  for (const auto& entry : environment) {
    const auto name_end = std::min(entry.find('='), entry.size() - 1);
    if (std::ranges::count(names, entry.substr(0, name_end)) > 0) {
      const auto more = secrets_of(std::string_view(entry).substr(name_end + 1));
      secrets.insert(secrets.end(), more.begin(), more.end());
    }
  }
  return secrets;
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
  plan_.environment = separate_environments(std::move(environment), options_);
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
  journal_ = std::make_unique<Journal>(clock_, attempt_->path("supervisor.log"));
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
                                                                .memory = options_.memory,
                                                                .observed = options_.observed}));
  end_.accounting = to_string(group_->accounting());
  if (options_.stdio == Stdio::kCapture) {
    streams_ = std::make_unique<CapturedStreams>(
        sources_->loop, clock_,
        CapturedStreams::Options{.path = attempt_->path("output.log"),
                                 .limit = options_.output_limit,
                                 .secrets = secrets_in(plan_.environment, options_.redact)});
  }
  if (!options_.checkpoint.folder.empty()) {
    WATTLE_ASSIGN_OR_RETURN(
        checkpoints_,
        Checkpoints::create({.loop = sources_->loop,
                             .files = files_,
                             .clock = clock_,
                             .journal = *journal_,
                             .folder = options_.folder},
                            options_.checkpoint,
                            {.signal_job = [this](int n) { return group_->signal_catching(n); },
                             .exclude = [this](pid_t pid) { group_->exclude(pid); },
                             .settled = [this] { on_request_settled(); }}));
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
  record_sample();
  if (streams_) {
    streams_->open(launch.take_output(), launch.take_error());
  }
  if (const auto failure = launch.release()) {
    record_failure(failure->exit_code, failure->reason);
  } else if (checkpoints_) {
    checkpoints_->start();
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
    limit_at_ = clock_.boot_now() + options_.time_limit;
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
    } else if (const auto request = request_of(number)) {
      answer(*request);
    } else if (number == SIGHUP ? options_.stdio == Stdio::kInherit : !from_terminal) {
      stop(Cause::kStopped);
    }
  }
}

void Supervisor::answer(Request request) {
  switch (request) {
    case Request::kInterrupt:
      return interrupt();
    case Request::kFreeze:
      return freeze();
    case Request::kThaw:
      return thaw();
    case Request::kCheckpoint:
      break;
  }
  const auto& how = options_.checkpoint;
  if (main_ended_ || cause_ != Cause::kNone) {
    return;  // it is being ended
  }
  if (!how.can_ask() || how.asks_for_the_end() || frozen_since_) {
    journal_->write(frozen_since_ ? "a checkpoint was asked for, but the job is frozen"
                                  : "a checkpoint was asked for, but the job makes none meanwhile");
  } else {
    checkpoints_->request(Checkpoints::Why::kCommand);
  }
}

void Supervisor::reap() {
  int status = 0;
  rusage usage{};
  pid_t pid = 0;
  while ((pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0) {
    group_->reaped(pid, usage);
    if (checkpoints_ && checkpoints_->reaped(pid, usage)) {
      continue;
    }
    if (pid == main_ && end_.outcome != Outcome::kNotStarted) {
      end_.status = WIFSIGNALED(status) ? ExitStatus{.code = 0, .signal = WTERMSIG(status)}
                                        : ExitStatus{.code = WEXITSTATUS(status), .signal = 0};
    }
    if (pid == main_) {
      main_ended_ = true;
      ended_unasked_ = !asked_to_end_;
      sources_->limit.stop();
    }
  }
  if (main_ended_) {
    end_rest();
  }
}

void Supervisor::on_tick() {
  sources_->tick.acknowledge();
  record_sample();
  if (streams_) {
    streams_->flush();
  }
  if (checkpoints_ && !checkpoints_->watches()) {
    checkpoints_->look();
  }
  if (!freeze_saved_) {
    save_freeze();
  }
}

energy::GroupSample Supervisor::take_sample() {
  auto sample = group_->sample(clock_.boot_now());
  sample.supervisor_cpu_microseconds =
      own_cpu_microseconds() + (checkpoints_ ? checkpoints_->cpu_microseconds() : 0);
  return sample;
}

void Supervisor::record_sample() {
  attempt_->append(take_sample());
  if (const auto observation = group_->observation()) {
    attempt_->append(*observation);
  }
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

void Supervisor::note_end() {
  has_ended_ = true;
  if (sources_) {
    sources_->tick.stop();
  }
  if (group_) {
    end_.usage = take_sample();
  }
  end_.ended_utc = clock_.utc_now();
  end_.ended_boot = group_ ? end_.usage.at : clock_.boot_now();
}

Status Supervisor::finish() {
  if (!has_ended_) {
    note_end();
  }
  if (group_) {
    describe_end();
  }
  if (streams_) {
    streams_->finish();
    end_.output_dropped_bytes = streams_->log().dropped_bytes();
    end_.output_discarded_bytes = streams_->log().discarded_bytes();
  }
  if (checkpoints_) {
    end_.checkpoint = checkpoints_->last_number();
    end_.checkpoint_path = checkpoints_->last_path();
    end_.usage.supervisor_cpu_microseconds =
        own_cpu_microseconds() + checkpoints_->cpu_microseconds();
    checkpoints_.reset();
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
