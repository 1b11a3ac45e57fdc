#include "wattle/base/text.h"
#include "wattle/cli/api_client.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/run_following.h"
#include "wattle/cli/run_summary.h"
#include "wattle/executor/line_splitter.h"

namespace wattle::cli {
namespace {

using messages::LogLine;

/// Prints the lines that were asked for, as they were asked for.
class LinePrinter {
 public:
  LinePrinter(Output& output, const LogsOptions& options) : output_(output), options_(options) {}

  void operator()(const LogLine& line) {
    const auto stream = messages::word_of(line.stream);
    if (options_.stream && *options_.stream != stream) {
      return;
    }
    const std::string prefix =
        options_.timestamps && !continues_ ? concat(to_rfc3339(line.at), " ", stream, "  ") : "";
    output_.data(concat(prefix, line.text, line.is_partial ? "" : "\n"));
    continues_ = line.is_partial;
  }

 private:
  Output& output_;
  const LogsOptions& options_;
  bool continues_ = false;
};

/// What there is by now, of every attempt: a run that was resumed has one output.
Status print_whole(ApiClient& client, const std::string& run, LinePrinter& printer) {
  executor::LineSplitter lines(limits::kMessageBytes);
  Status failed;
  const auto print = [&](std::string_view text) {
    const auto line = messages::from_json_text<LogLine>(
        text, {.unknown_keys = messages::UnknownKeys::kIgnored, .what = "the server's answer"});
    if (line.ok()) {
      printer(*line);
    } else {
      failed = line.error();
    }
  };
  WATTLE_RETURN_IF_ERROR(client.download(run_target(run, "/output"), [&](std::string_view bytes) {
    lines.take(bytes, print);
    return failed.ok();
  }));
  return failed;
}

}  // namespace

Result<int> logs(Context& context, const LogsOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  WATTLE_ASSIGN_OR_RETURN(const auto run, client->get<messages::RunDetail>(run_target(options.id)));
  if (run.kind == "measure") {
    context.output().narrate(
        "the output of a measured command goes to its terminal and is not kept\n");
    return 0;
  }
  LinePrinter printer(context.output(), options);
  if (!options.follow || has_settled(run)) {
    WATTLE_RETURN_IF_ERROR(print_whole(*client, run.id, printer));
    return 0;
  }
  const auto print = [&printer](const LogLine& line) { printer(line); };
  WATTLE_ASSIGN_OR_RETURN(
      [[maybe_unused]] const auto end,
      follow_run(context, *client, run.id, {.on_output = print, .tells_states = false}, nullptr));
  return 0;
}

}  // namespace wattle::cli
