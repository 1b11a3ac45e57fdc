#include <filesystem>

#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/job_file.h"
#include "wattle/cli/receipt_text.h"
#include "wattle/cli/stop_signals.h"
#include "wattle/energy/observed_tree.h"

namespace wattle::cli {
namespace {

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

/// With the queue's database where it can be opened: it knows who shared the host meanwhile.
/// Without it the folders are asked, and the run is taken in later.
Result<messages::Receipt> settle_measured(Context& context, job::RunDesk& desk,
                                          const std::string& id) {
  const auto house = context.house();
  WATTLE_ASSIGN_OR_RETURN(auto receipt, house.ok() ? (*house)->desk().settle(id) : desk.settle(id));
  if (house.ok()) {
    (void)(*house)->take_in().ok();
  }
  return receipt;
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

/// What /proc tells of a process that is to be measured.
Result<messages::ObservedFacts> look_at_process(std::int32_t pid) {
  if (pid == ::getpid()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("--pid ", pid, " is this command itself; name another process"));
  }
  auto found = energy::find_process({.pid = pid});
  WATTLE_ASSIGN_OR_RETURN(const auto process, std::move(found).with_context("--pid"));
  messages::ObservedFacts facts{.pid = pid, .start_ticks = process.start_ticks};
  const std::string folder = concat("/proc/", pid);
  facts.program = first_line(energy::read_kernel_file(folder + "/comm").value_or(""));
  const auto words = energy::read_kernel_file(folder + "/cmdline").value_or("");
  for (const auto word : split(words, '\0')) {
    facts.command.emplace_back(word);
  }
  if (!facts.command.empty() && facts.command.back().empty()) {
    facts.command.pop_back();  // behind the last NUL
  }
  return facts;
}

/// What is measured, and the command of the only attempt: the user's, or one that only waits.
Result<job::Request> request_of(Context& context, const MeasureOptions& options) {
  job::Request request{
      .job = {}, .folder = absolute_path("."), .kind = "measure", .zone = options.zone};
  if (!options.pid) {
    request.job = job_of_command(options.command, options.name);
    return request;
  }
  WATTLE_ASSIGN_OR_RETURN(request.observed, look_at_process(*options.pid));
  const energy::ProcessIdentity process{.pid = *options.pid,
                                        .start_ticks = request.observed->start_ticks};
  std::vector<std::string> waiting{path_join(context.program_folder(), "wattle"), "await-process",
                                   energy::to_text(process)};
  if (options.until_input_ends) {
    waiting.emplace_back("--until-input-ends");
  }
  const auto& command = request.observed->command;
  const auto& program = command.empty() ? request.observed->program : command.front();
  request.job = job_of_command(waiting, options.name.value_or(spec::name_of_folder(program)));
  return request;
}

/// Blocks until the attempt has ended; a request to stop is passed on.
Status wait_for_end(job::RunDesk& desk, const std::string& id, StopSignals& signals) {
  Status waited = desk.wait(id, signals.descriptor());
  while (!waited.ok() && waited.error().code() == ErrorCode::kCancelled) {
    signals.take();
    WATTLE_RETURN_IF_ERROR(desk.stop(id));
    waited = desk.wait(id, signals.descriptor());
  }
  return waited;
}

/// However an observed process ended, it was not ours: what ended well is the measurement.
int code_of(const messages::Receipt& receipt) {
  return receipt.run.observed && !was_not_started(receipt) ? 0 : code_of_command(receipt);
}

}  // namespace

Result<int> measure(Context& context, const MeasureOptions& options) {
  WATTLE_RETURN_IF_ERROR(check_name(options.name));
  WATTLE_RETURN_IF_ERROR(check_receipt_file(options));
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  WATTLE_ASSIGN_OR_RETURN(const auto request, request_of(context, options));
  WATTLE_ASSIGN_OR_RETURN(const auto record, desk->prepare(request));
  StopSignals signals(options.pid ? StopSignals::Interrupt::kStops
                                  : StopSignals::Interrupt::kReachesCommand);
  WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
  WATTLE_RETURN_IF_ERROR(job::JobHouse::note_measured(context.files(), home, record.id)
                             .with_context("accepting the run"));
  WATTLE_RETURN_IF_ERROR(desk->start(record, options.json ? executor::Streams::kInheritOutputToError
                                                          : executor::Streams::kInherit));
  if (record.observed) {
    // From here on it counts: programs that have themselves measured wait for this line.
    context.output().narrate(
        concat("measuring process ", record.observed->pid, " (", record.observed->program, ")\n"));
  }
  WATTLE_RETURN_IF_ERROR(wait_for_end(*desk, record.id, signals));
  WATTLE_ASSIGN_OR_RETURN(const auto receipt, settle_measured(context, *desk, record.id));
  WATTLE_RETURN_IF_ERROR(report_measured(context, receipt, options));
  return code_of(receipt);
}

}  // namespace wattle::cli
