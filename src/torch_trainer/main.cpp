// wattle-train-torch: the built-in trainer of neural networks as a program.
#include <new>
#include <string>
#include <vector>

#include "torch_backend.h"
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/networks/command_line.h"
#include "wattle/networks/run.h"
#include "wattle/training/surroundings.h"
#include "wattle/training/threads.h"

#ifdef __SANITIZE_ADDRESS__
/// What libtorch's libraries never free is not ours to mend; memory errors are still found.
extern "C" int __lsan_is_turned_off() {
  return 1;
}
#endif

namespace {

using wattle::Result;

Result<int> run(std::vector<std::string> arguments, const wattle::training::Voice& voice) {
  wattle::RealFileSystem files;
  const wattle::SystemClock clock;
  const auto environment = wattle::training::process_environment();
  WATTLE_ASSIGN_OR_RETURN(
      const wattle::networks::CommandLine line,
      wattle::networks::parse_command_line(
          std::move(arguments), environment, wattle::training::granted_cores(files),
          "wattle-train-torch, " + wattle::torch_trainer::torch_version()));
  if (line.text) {
    voice.result(wattle::trim(*line.text));
    return 0;
  }
  wattle::torch_trainer::TorchBackend backend;
  return wattle::networks::run_network(
      line.options, {files, clock, voice, wattle::training::process_cpu_time, environment},
      backend);
}

int run_and_tell(int argc, char** argv) {
  const wattle::training::Voice voice(STDOUT_FILENO, STDERR_FILENO);
  try {
    const Result<int> code = run({argv + 1, argv + argc}, voice);
    if (code.ok()) {
      return *code;
    }
    voice.say("wattle-train: " + code.error().message());
    return static_cast<int>(wattle::describe(code.error().code()).exit_code);
  } catch (const std::bad_alloc&) {
    voice.say("wattle-train: data and network do not fit into memory");
    return static_cast<int>(wattle::ExitCode::kFailed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  wattle::training::make_threads_sleep(argv);
  // Everything is written. Taking libtorch's libraries down would cost 50 ms of CPU.
  ::_exit(run_and_tell(argc, argv));
}
