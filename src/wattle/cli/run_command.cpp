#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/cli/api_client.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/job_file.h"
#include "wattle/cli/receipt_text.h"
#include "wattle/cli/run_following.h"
#include "wattle/cli/run_summary.h"
#include "wattle/cli/stop_signals.h"
#include "wattle/messages/run_request.h"

namespace wattle::cli {
namespace {

std::string prediction_line(const std::optional<messages::PredictionFacts>& prediction) {
  if (!prediction) {
    return "predicted: nothing to go by yet; the next run will be predicted from this one\n";
  }
  const auto& facts = *prediction;
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

/// Every problem of the file is told here, with its place, before anything is sent.
Result<spec::JobSpec> checked_job(Context& context, const RunOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto reading, read_job_file(context, options.file, options.overrides,
                                                      NamedFiles::kMustExist));
  if (reading.ok()) {
    return std::move(reading.job);
  }
  const auto lines = reading.problems.lines();
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    context.output().fail(lines[i]);
  }
  return Error(ErrorCode::kInvalidArgument, lines.back());
}

/// The job as it is planned here.
Result<job::Request> planned_request(Context& context, const RunOptions& options) {
  WATTLE_RETURN_IF_ERROR(check_name(options.name));
  job::Request request{
      .job = {}, .folder = absolute_path("."), .kind = "run", .actor = "", .zone = options.zone};
  if (!options.command.empty()) {
    request.job = job_of_command(options.command, options.name);
    return request;
  }
  WATTLE_ASSIGN_OR_RETURN(request.job, checked_job(context, options));
  request.job.name = options.name.value_or(request.job.name);
  const auto path = absolute_path(job_path(options.file));
  request.folder = path.substr(0, path.rfind('/'));
  return request;
}

/// The flags win over the file.
void put_in_queue(messages::RunRequest& request, const QueueOptions& options) {
  request.project = options.project;
  request.experiment = options.experiment;
  request.priority = options.priority;
  request.after = options.after;
}

Result<messages::RunRequest> request_of(Context& context, const RunOptions& options) {
  WATTLE_RETURN_IF_ERROR(check_name(options.name));
  messages::RunRequest request{.folder = absolute_path("."), .zone = options.zone};
  request.name = options.name;
  put_in_queue(request, options.queue);
  request.environment.emplace(context.environment().begin(), context.environment().end());
  if (!options.command.empty()) {
    request.command = options.command;
    return request;
  }
  WATTLE_ASSIGN_OR_RETURN([[maybe_unused]] const auto job, checked_job(context, options));
  WATTLE_ASSIGN_OR_RETURN(request.job_text,
                          context.files().read(job_path(options.file), limits::kSpecFileBytes));
  request.overrides = options.overrides;
  const auto path = absolute_path(job_path(options.file));
  request.folder = path.substr(0, path.rfind('/'));
  return request;
}

void print_line(Output& output, const messages::LogLine& line, bool is_data) {
  const std::string text = line.is_partial ? line.text : line.text + "\n";
  is_data ? output.data(text) : output.narrate(text);
}

/// What is printed once a run has come to its end, or to rest.
Result<int> report_end(Context& context, ApiClient& client, const messages::RunSummary& end,
                       const RunOptions& options) {
  auto& output = context.output();
  WATTLE_ASSIGN_OR_RETURN(const auto run, client.get<messages::RunDetail>(run_target(end.id)));
  WATTLE_ASSIGN_OR_RETURN(const auto receipt, receipt_of(run));
  if (!receipt) {  // it never began
    output.fail(concat("run ", end.id, " ", messages::word_of(end.state), ": ", end.reason));
  } else if (options.json) {
    output.data(messages::to_json(*receipt));
  } else if (!options.quiet) {
    output.narrate("\n" + receipt_text(*receipt, output));
  }
  return exit_code_of(end, receipt ? &*receipt : nullptr);
}

Result<int> follow(Context& context, ApiClient& client, const std::string& id,
                   const RunOptions& options, std::uint32_t after_attempt = 0) {
  StopSignals signals(StopSignals::Interrupt::kStops);
  // Standard output is for data: with --json or --quiet the job's output goes beside it.
  const bool only_data = options.json || options.quiet;
  const auto print = [&](const messages::LogLine& line) {
    const bool is_data = !only_data && line.stream == messages::LogStream::kStdout;
    print_line(context.output(), line, is_data);
  };
  WATTLE_ASSIGN_OR_RETURN(const auto end, follow_run(context, client, id,
                                                     {.on_output = print,
                                                      .tells_states = !options.quiet,
                                                      .after_attempt = after_attempt},
                                                     &signals));
  return report_end(context, client, end, options);
}

Result<int> announce_and_follow(Context& context, ApiClient& client,
                                const messages::RunAccepted& accepted, const RunOptions& options) {
  auto& output = context.output();
  if (options.detach && options.json) {
    output.data(to_text({{"id", accepted.id}}));
  } else if (options.quiet || options.detach) {
    output.data(accepted.id + "\n");
  }
  if (options.detach) {
    output.narrate(
        concat("in the queue; its output: wattle logs -f ", short_id(accepted.id), "\n"));
    return 0;
  }
  if (!options.quiet) {
    output.narrate(concat("run ", accepted.id, "  ", accepted.name, "\n",
                          accepted.is_new ? prediction_line(accepted.prediction)
                                          : "it was submitted before, with the same key\n"));
  }
  return follow(context, client, accepted.id, options);
}

/// What would run, found out without a server: nothing is started or written.
Result<int> print_plan(Context& context, const RunOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto request, planned_request(context, options));
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  WATTLE_ASSIGN_OR_RETURN(const auto record, desk->prepare(request));
  context.output().data(options.json ? plan_json(record)
                                     : concat("would run ", record.job.name, " in ", record.folder,
                                              ": ", join(record.argv(), " "), "\n",
                                              prediction_line(record.prediction)));
  return 0;
}

}  // namespace

Result<int> run(Context& context, const RunOptions& options) {
  if (options.dry_run) {
    return print_plan(context, options);
  }
  WATTLE_ASSIGN_OR_RETURN(const auto request, request_of(context, options));
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  WATTLE_ASSIGN_OR_RETURN(
      const auto accepted,
      client->post<messages::RunAccepted>("/api/v1/runs", request, options.queue.idempotency_key));
  return announce_and_follow(context, *client, accepted, options);
}

Result<int> retry(Context& context, const RetryOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  WATTLE_ASSIGN_OR_RETURN(const auto accepted,
                          client->post<messages::RunAccepted>(run_target(options.id, "/retry")));
  return announce_and_follow(context, *client, accepted, {.detach = options.detach});
}

Result<int> resume(Context& context, const ResumeOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  WATTLE_ASSIGN_OR_RETURN(const auto before,
                          client->get<messages::RunDetail>(run_target(options.id)));
  const messages::RunAction action{.action = messages::RunVerb::kResume};
  WATTLE_ASSIGN_OR_RETURN(
      [[maybe_unused]] const auto asked,
      client->post<messages::RunSummary>(run_target(before.id, "/actions"), action));
  if (options.detach) {
    return 0;
  }
  // What was frozen goes on in the same attempt, whose output is told from its beginning.
  return follow(context, *client, before.id, {}, before.frozen ? 0 : before.attempt);
}

}  // namespace wattle::cli
