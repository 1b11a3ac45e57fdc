#include <array>
#include <csignal>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <sys/signalfd.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/job_file.h"
#include "wattle/cli/output_printer.h"
#include "wattle/cli/receipt_text.h"

namespace wattle::cli {
namespace {

/// Signals that ask to stop, as a descriptor that turns readable, while the object lives.
class StopSignals {
 public:
  enum class Interrupt {
    kStops,           // Ctrl-C is for us
    kReachesCommand,  // the command shares our terminal and gets it by itself: we wait for what it
                      // does
  };

  explicit StopSignals(Interrupt interrupt) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigset_t blocked = set;
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGQUIT);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before_);
    if (interrupt == Interrupt::kStops) {
      sigaddset(&set, SIGINT);
    }
    descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~StopSignals() {
    ::close(descriptor_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int descriptor() const { return descriptor_; }
  void take() {
    signalfd_siginfo info{};
    while (::read(descriptor_, &info, sizeof info) > 0) {
    }
  }

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

/// Waits for the run; the first Ctrl-C stops it gracefully, the second kills it.
Status wait_for(Context& context, job::RunDesk& desk, const std::string& id, StopSignals& signals) {
  for (int asked = 0;; ++asked) {
    const auto ended = desk.wait(id, signals.descriptor());
    if (ended.ok() || ended.error().code() != ErrorCode::kCancelled) {
      return ended;
    }
    signals.take();
    if (asked == 0) {
      context.output().narrate("\nstopping: SIGTERM was sent; Ctrl-C again kills\n");
      WATTLE_RETURN_IF_ERROR(desk.stop(id));
    } else {
      WATTLE_RETURN_IF_ERROR(desk.kill(id));
    }
  }
}

std::string prediction_line(const job::RunRecord& record) {
  if (!record.prediction) {
    return "predicted: nothing to go by yet; the next run will be predicted from this one\n";
  }
  const auto& facts = *record.prediction;
  std::string line = concat("predicted: ", format_duration(Seconds(facts.seconds.value)), " ",
                            margin(facts.seconds));
  if (facts.joules) {
    line += concat(", ", energy(Joules(facts.joules->value)), " ", margin(*facts.joules));
  }
  return line + concat(" (", facts.basis, ")\n");
}

std::string to_text(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

nlohmann::ordered_json figure_json(const messages::Figure& figure) {
  return {{"value", figure.value}, {"low", figure.low}, {"high", figure.high}};
}

/// What --dry-run says, for programs.
std::string plan_json(const job::RunRecord& record) {
  nlohmann::ordered_json prediction;
  if (record.prediction) {
    const auto& facts = *record.prediction;
    prediction = {{"basis", facts.basis}, {"seconds", figure_json(facts.seconds)}};
    prediction["joules"] =
        facts.joules ? figure_json(*facts.joules) : nlohmann::ordered_json(nullptr);
  }
  return to_text({{"name", record.job.name},
                  {"folder", record.folder},
                  {"command", record.argv()},
                  {"prediction", std::move(prediction)}});
}

Status check_name(const std::optional<std::string>& name) {
  if (!name || *name == spec::name_of_folder(*name)) {
    return {};
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("--name: '", *name,
                      "' has other than a-z, 0-9, '.', '_' and '-', or more "
                      "than 63; write it as '",
                      spec::name_of_folder(*name), "'"));
}

Result<job::Request> request_of(Context& context, const RunOptions& options) {
  WATTLE_RETURN_IF_ERROR(check_name(options.name));
  job::Request request{
      .job = {}, .folder = absolute_path("."), .kind = "run", .zone = options.zone};
  if (!options.command.empty()) {
    request.job = job_of_command(options.command, options.name);
    return request;
  }
  WATTLE_ASSIGN_OR_RETURN(auto reading, read_job_file(context, options.file, options.overrides,
                                                      NamedFiles::kMustExist));
  if (!reading.ok()) {
    const auto lines = reading.problems.lines();
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
      context.output().fail(lines[i]);
    }
    return Error(ErrorCode::kInvalidArgument, lines.back());
  }
  request.job = std::move(reading.job);
  request.job.name = options.name.value_or(request.job.name);
  const auto path = absolute_path(job_path(options.file));
  request.folder = path.substr(0, path.rfind('/'));
  return request;
}

int exit_code_of(const messages::Receipt& receipt) {
  const auto outcome = std::string_view(receipt.run.outcome);
  const ExitCode code = receipt.run.state == "succeeded" ? ExitCode::kOk
                        : outcome == executor::to_string(executor::Outcome::kTimeLimit)
                            ? ExitCode::kDeadline
                        : receipt.run.state == "stopped" ? ExitCode::kInterrupted
                                                         : ExitCode::kFailed;
  return static_cast<int>(code);
}

void print_line(Output& output, const executor::OutputLine& line, bool is_data) {
  const std::string text = line.partial ? line.text : line.text + "\n";
  is_data ? output.data(text) : output.narrate(text);
}

Result<int> follow(Context& context, job::RunDesk& desk, const std::string& id,
                   const RunOptions& options, StopSignals& signals) {
  WATTLE_ASSIGN_OR_RETURN(const auto folder, desk.attempt_folder(id));
  Status waited;
  {
    // Standard output is for data: with --json or --quiet the job's output goes beside it.
    const bool only_data = options.json || options.quiet;
    const OutputPrinter printer(context.output(), folder, [&](const executor::OutputLine& line) {
      const bool is_data = !only_data && line.stream == executor::OutputLine::Stream::kOutput;
      print_line(context.output(), line, is_data);
    });
    waited = wait_for(context, desk, id, signals);
  }
  WATTLE_RETURN_IF_ERROR(waited);
  WATTLE_ASSIGN_OR_RETURN(const auto receipt, desk.receipt(id));
  auto& output = context.output();
  if (options.json) {
    output.data(messages::to_json(receipt));
  } else if (!options.quiet) {
    output.narrate("\n" + receipt_text(receipt, output));
  }
  return exit_code_of(receipt);
}

/// The wrapped command's own code, as a shell would tell it.
int code_of_command(const messages::Receipt& receipt) {
  return receipt.run.signal != 0 ? 128 + receipt.run.signal : receipt.run.exit_code;
}

/// A command that could not be started used nothing worth a receipt on the terminal; it is kept all
/// the same.
bool was_not_started(const messages::Receipt& receipt) {
  return receipt.run.outcome == executor::to_string(executor::Outcome::kNotStarted);
}

/// Told before the command has run for hours, not after.
Status check_receipt_file(const MeasureOptions& options) {
  const auto path = absolute_path(options.receipt_file.value_or("receipt.json"));
  const auto folder = path.substr(0, path.rfind('/') + 1);
  if (options.receipt_file && !std::filesystem::is_directory(folder)) {
    return Error(ErrorCode::kNotFound, concat("--output: there is no folder ", folder));
  }
  return {};
}

Status report_measured(Context& context, const messages::Receipt& receipt,
                       const MeasureOptions& options) {
  auto& output = context.output();
  if (options.receipt_file) {
    WATTLE_RETURN_IF_ERROR(
        context.files().write_atomic(*options.receipt_file, messages::to_json(receipt)));
  }
  if (was_not_started(receipt)) {
    output.fail(receipt.run.reason);
  } else if (!options.json) {
    output.narrate("\n" + receipt_text(receipt, output));
  }
  if (options.json) {
    output.data(messages::to_json(receipt));
  }
  return {};
}

}  // namespace

Result<int> run(Context& context, const RunOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto request, request_of(context, options));
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  WATTLE_ASSIGN_OR_RETURN(const auto record, desk->prepare(request));
  auto& output = context.output();
  if (options.dry_run) {
    output.data(options.json ? plan_json(record)
                             : concat("would run ", record.job.name, " in ", record.folder, ": ",
                                      join(record.argv(), " "), "\n", prediction_line(record)));
    return 0;
  }
  StopSignals signals(StopSignals::Interrupt::kStops);
  WATTLE_RETURN_IF_ERROR(desk->start(record, executor::Streams::kCapture));
  if (options.detach && options.json) {
    output.data(to_text({{"id", record.id}}));
  } else if (options.quiet || options.detach) {
    output.data(record.id + "\n");
  }
  if (options.detach) {
    output.narrate(concat("running; its output: wattle logs -f ", short_id(record.id), "\n"));
    return 0;
  }
  if (!options.quiet) {
    output.narrate(concat("run ", record.id, "  ", record.job.name, "\n", prediction_line(record)));
  }
  return follow(context, *desk, record.id, options, signals);
}

Result<int> measure(Context& context, const MeasureOptions& options) {
  WATTLE_RETURN_IF_ERROR(check_name(options.name));
  WATTLE_RETURN_IF_ERROR(check_receipt_file(options));
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  const job::Request request{.job = job_of_command(options.command, options.name),
                             .folder = absolute_path("."),
                             .kind = "measure",
                             .zone = options.zone};
  WATTLE_ASSIGN_OR_RETURN(const auto record, desk->prepare(request));
  StopSignals signals(StopSignals::Interrupt::kReachesCommand);
  WATTLE_RETURN_IF_ERROR(desk->start(record, options.json ? executor::Streams::kInheritOutputToError
                                                          : executor::Streams::kInherit));
  Status waited = desk->wait(record.id, signals.descriptor());
  while (!waited.ok() && waited.error().code() == ErrorCode::kCancelled) {
    signals.take();
    WATTLE_RETURN_IF_ERROR(desk->stop(record.id));
    waited = desk->wait(record.id, signals.descriptor());
  }
  WATTLE_RETURN_IF_ERROR(waited);
  WATTLE_ASSIGN_OR_RETURN(const auto receipt, desk->receipt(record.id));
  WATTLE_RETURN_IF_ERROR(report_measured(context, receipt, options));
  return code_of_command(receipt);
}

}  // namespace wattle::cli
