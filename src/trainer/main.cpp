// wattle-train: the built-in trainer as a program.
#include <new>
#include <string>
#include <vector>

#include "command_line.h"
#include "run.h"
#include "sibling.h"
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/training/surroundings.h"
#include "wattle/training/threads.h"

namespace {

using wattle::Result;

Result<int> run(std::vector<std::string> arguments, const wattle::training::Voice& voice) {
  wattle::RealFileSystem files;
  const wattle::SystemClock clock;
  wattle::trainer::TreesOptions options;
  options.granted_cores = wattle::training::granted_cores(files);
  WATTLE_RETURN_IF_ERROR(
      wattle::trainer::apply_environment(wattle::training::process_environment(), options));
  WATTLE_ASSIGN_OR_RETURN(
      const wattle::trainer::CommandLine line,
      wattle::trainer::parse_command_line(std::move(arguments), std::move(options)));
  if (line.text) {
    voice.result(wattle::trim(*line.text));
    return 0;
  }
  return wattle::trainer::run_trees(line.trees,
                                    {files, clock, voice, wattle::training::process_cpu_time,
                                     wattle::training::process_environment()});
}

}  // namespace

int main(int argc, char** argv) {
  wattle::training::make_threads_sleep(argv);
  const wattle::training::Voice voice(STDOUT_FILENO, STDERR_FILENO);
  if (argc > 1 && wattle::trainer::is_network_command(argv[1])) {
    const wattle::Error error = wattle::trainer::become_network_trainer(argv);
    voice.say("wattle-train: " + error.message());
    return static_cast<int>(wattle::describe(error.code()).exit_code);
  }
  try {
    const Result<int> code = run({argv + 1, argv + argc}, voice);
    if (code.ok()) {
      return *code;
    }
    voice.say("wattle-train: " + code.error().message());
    return static_cast<int>(wattle::describe(code.error().code()).exit_code);
  } catch (const std::bad_alloc&) {
    voice.say("wattle-train: the table does not fit into memory; leave columns out with --ignore");
    return static_cast<int>(wattle::ExitCode::kFailed);
  }
}
