#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/output_printer.h"
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
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  WATTLE_ASSIGN_OR_RETURN(const auto id, desk->catalog().find(options.id));
  WATTLE_ASSIGN_OR_RETURN(const auto record, desk->catalog().load(id));
  if (record.kind == "measure") {
    context.output().narrate(
        "the output of a measured command goes to its terminal and is not kept\n");
    return 0;
  }
  WATTLE_ASSIGN_OR_RETURN(const auto folder, desk->attempt_folder(id));
  LinePrinter printer(context.output(), options);
  const auto print = [&printer](const OutputLine& line) { printer(line); };
  if (!options.follow) {
    WATTLE_RETURN_IF_ERROR(executor::read_output(folder, print));
    return 0;
  }
  const OutputPrinter follower(context.output(), folder, print);
  WATTLE_RETURN_IF_ERROR(desk->wait(id, -1));
  return 0;
}

}  // namespace wattle::cli
