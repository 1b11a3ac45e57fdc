#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/job_file.h"
#include "wattle/cli/receipt_text.h"
#include "wattle/cli/run_end.h"
#include "wattle/cli/run_following.h"
#include "wattle/cli/server_link.h"
#include "wattle/cli/stop_signals.h"

namespace wattle::cli {
namespace {

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

/// The flags win over the file.
Status put_in_queue(Context& context, spec::JobSpec& job, const QueueOptions& options) {
  job.project = options.project.value_or(job.project);
  job.experiment = options.experiment ? options.experiment : job.experiment;
  job.priority = options.priority.value_or(job.priority);
  if (!options.after.empty()) {
    WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
    for (const auto& run : options.after) {
      auto id = house->jobs().find(run);
      WATTLE_ASSIGN_OR_RETURN(std::string found, std::move(id).with_context("--after"));
      job.after.push_back(std::move(found));
    }
  }
  return {};
}

Result<job::Request> request_of(Context& context, const RunOptions& options) {
  WATTLE_RETURN_IF_ERROR(check_name(options.name));
  job::Request request{
      .job = {}, .folder = absolute_path("."), .kind = "run", .zone = options.zone};
  if (!options.command.empty()) {
    request.job = job_of_command(options.command, options.name);
    WATTLE_RETURN_IF_ERROR(put_in_queue(context, request.job, options.queue));
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
  WATTLE_RETURN_IF_ERROR(put_in_queue(context, request.job, options.queue));
  const auto path = absolute_path(job_path(options.file));
  request.folder = path.substr(0, path.rfind('/'));
  return request;
}

void print_line(Output& output, const executor::OutputLine& line, bool is_data) {
  const std::string text = line.partial ? line.text : line.text + "\n";
  is_data ? output.data(text) : output.narrate(text);
}

/// What is printed once a run has come to its end, or to rest.
Result<int> report_end(Context& context, job::JobHouse& house, const job::JobRow& row,
                       const RunOptions& options) {
  auto& output = context.output();
  const auto receipt = receipt_of(house, row.run);
  if (!receipt.ok() && receipt.error().code() != ErrorCode::kNotFound) {
    return receipt.error();
  }
  if (!receipt.ok()) {  // it never began
    output.fail(concat("run ", row.run, " ", job::to_string(row.state), ": ", row.reason));
  } else if (options.json) {
    output.data(messages::to_json(*receipt));
  } else if (!options.quiet) {
    output.narrate("\n" + receipt_text(*receipt, output));
  }
  return exit_code_of(row, receipt.ok() ? &*receipt : nullptr);
}

Result<int> follow(Context& context, job::JobHouse& house, const std::string& id,
                   const RunOptions& options, std::uint32_t after_attempt = 0) {
  StopSignals signals(StopSignals::Interrupt::kStops);
  // Standard output is for data: with --json or --quiet the job's output goes beside it.
  const bool only_data = options.json || options.quiet;
  const auto print = [&](const executor::OutputLine& line) {
    const bool is_data = !only_data && line.stream == executor::OutputLine::Stream::kOutput;
    print_line(context.output(), line, is_data);
  };
  WATTLE_ASSIGN_OR_RETURN(const auto row, follow_run(context, id,
                                                     {.on_output = print,
                                                      .tells_states = !options.quiet,
                                                      .after_attempt = after_attempt},
                                                     &signals));
  return report_end(context, house, row, options);
}

/// Nothing is started or written, so the database is not opened either.
Result<int> print_plan(Context& context, const job::Request& request, const RunOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  WATTLE_ASSIGN_OR_RETURN(const auto record, desk->prepare(request));
  context.output().data(options.json
                            ? plan_json(record)
                            : concat("would run ", record.job.name, " in ", record.folder, ": ",
                                     join(record.argv(), " "), "\n", prediction_line(record)));
  return 0;
}

struct Submitted {
  job::Accepted accepted;
  const job::RunRecord& record;
};

Result<int> announce_and_follow(Context& context, job::JobHouse& house, const Submitted& submitted,
                                const RunOptions& options) {
  auto& output = context.output();
  const auto& [accepted, record] = submitted;
  const auto& id = accepted.run;
  if (options.detach && options.json) {
    output.data(to_text({{"id", id}}));
  } else if (options.quiet || options.detach) {
    output.data(id + "\n");
  }
  // Told first: it is in the queue, whatever becomes of the server.
  WATTLE_RETURN_IF_ERROR(
      wake_server(context).with_context(concat("run ", id, " is in the queue, but")));
  if (options.detach) {
    output.narrate(concat("in the queue; its output: wattle logs -f ", short_id(id), "\n"));
    return 0;
  }
  if (!options.quiet) {
    output.narrate(concat("run ", id, "  ", record.job.name, "\n",
                          accepted.is_new ? prediction_line(record)
                                          : "it was submitted before, with the same key\n"));
  }
  return follow(context, house, id, options);
}

}  // namespace

Result<int> run(Context& context, const RunOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto request, request_of(context, options));
  if (options.dry_run) {
    return print_plan(context, request, options);
  }
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto record, house->desk().prepare(request));
  WATTLE_ASSIGN_OR_RETURN(const auto accepted,
                          house->submit(record, options.queue.idempotency_key));
  return announce_and_follow(context, *house, {accepted, record}, options);
}

Result<int> retry(Context& context, const RetryOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto id, house->jobs().find(options.id));
  WATTLE_ASSIGN_OR_RETURN(const auto before, house->jobs().record(id));
  if (before.kind == "measure") {
    return Error(ErrorCode::kInvalidArgument,
                 concat("run ", id, " was measured in its terminal; measure its command again"));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto record,
                          house->desk().prepare({.job = before.job, .folder = before.folder}));
  WATTLE_ASSIGN_OR_RETURN(const auto accepted, house->submit(record, ""));
  return announce_and_follow(context, *house, {accepted, record}, {.detach = options.detach});
}

Result<int> resume(Context& context, const ResumeOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto id, house->jobs().find(options.id));
  WATTLE_ASSIGN_OR_RETURN(const auto before, house->jobs().get(id));
  WATTLE_RETURN_IF_ERROR(house->resume(id));
  WATTLE_RETURN_IF_ERROR(wake_server(context));
  if (options.detach) {
    return 0;
  }
  // What was frozen goes on in the same attempt, whose output is told from its beginning.
  return follow(context, *house, id, {}, before.is_frozen ? 0 : before.attempt);
}

}  // namespace wattle::cli
