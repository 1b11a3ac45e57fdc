#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/run_following.h"
#include "wattle/executor/output_log.h"

namespace wattle::cli {
namespace {

using executor::OutputLine;

/// Prints the lines that were asked for, as they were asked for.
class LinePrinter {
 public:
  LinePrinter(Output& output, const LogsOptions& options) : output_(output), options_(options) {}

  void operator()(const OutputLine& line) {
    const std::string stream = line.stream == OutputLine::Stream::kOutput ? "stdout" : "stderr";
    if (options_.stream && *options_.stream != stream) {
      return;
    }
    const bool begins = !continues_;
    const std::string prefix =
        options_.timestamps && begins ? concat(to_rfc3339(line.time), " ", stream, "  ") : "";
    output_.data(concat(prefix, line.text, line.partial ? "" : "\n"));
    continues_ = line.partial;
  }

 private:
  Output& output_;
  const LogsOptions& options_;
  bool continues_ = false;
};

}  // namespace

Result<int> logs(Context& context, const LogsOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto id, house->jobs().find(options.id));
  WATTLE_ASSIGN_OR_RETURN(const auto job, house->jobs().get(id));
  if (job.kind == "measure") {
    context.output().narrate(
        "the output of a measured command goes to its terminal and is not kept\n");
    return 0;
  }
  LinePrinter printer(context.output(), options);
  const auto print = [&printer](const OutputLine& line) { printer(line); };
  WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
  // Of every attempt, oldest first: a run that was resumed has one output.
  const std::uint32_t whole = options.follow && !has_settled(job) ? job.attempt : job.attempt + 1;
  for (std::uint32_t number = 1; number < whole; ++number) {
    WATTLE_RETURN_IF_ERROR(executor::read_output(home.attempt(id, number), print));
  }
  if (whole == job.attempt + 1) {
    return 0;
  }
  WATTLE_ASSIGN_OR_RETURN(
      const auto last,
      follow_run(context, id, {.on_output = print, .tells_states = false}, nullptr));
  (void)last;
  return 0;
}

}  // namespace wattle::cli
