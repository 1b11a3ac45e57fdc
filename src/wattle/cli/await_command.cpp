// What stands in for a command while a process is only watched: it lives as long as the
// measurement.
#include <array>
#include <cerrno>
#include <csignal>

#include <unistd.h>

#include "wattle/cli/commands.h"
#include "wattle/cli/stop_signals.h"
#include "wattle/energy/observed_tree.h"
#include "wattle/executor/waiting.h"

namespace wattle::cli {
namespace {

enum class Input { kOpen, kEnded, kUnreadable };

/// What is written into it means nothing; only its end does.
Input skip_input() {
  std::array<char, 4096> ignored{};
  const ssize_t count = ::read(STDIN_FILENO, ignored.data(), ignored.size());
  if (count == 0) {
    return Input::kEnded;
  }
  return count > 0 || errno == EINTR || errno == EAGAIN ? Input::kOpen : Input::kUnreadable;
}

/// A descriptor that turns readable when the process ends; not open when it has.
Result<Descriptor> open_observed(const AwaitOptions& options) {
  const auto process = energy::parse_identity(options.process);
  if (!process) {
    return Error(ErrorCode::kInvalidArgument, "await-process takes PID:START");
  }
  auto opened = executor::open_process(process->pid);
  // Asked afterwards: what the descriptor holds cannot become another process any more.
  return energy::find_process(*process).ok() ? std::move(opened) : Descriptor();
}

/// One that comes while the measurement ends changes nothing any more, and must not look like its
/// cause.
void block_to_the_end() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&set, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Result<int> await_process(Context& /*context*/, const AwaitOptions& options) {
  block_to_the_end();
  const StopSignals signals(StopSignals::Interrupt::kStops);
  WATTLE_ASSIGN_OR_RETURN(const auto process, open_observed(options));
  int input = options.until_input_ends ? STDIN_FILENO : -1;
  while (process.is_open()) {
    const std::array descriptors{process.get(), signals.descriptor(), input};
    constexpr std::size_t kInput = 2;
    if (executor::wait_readable(descriptors) != kInput) {
      break;
    }
    const auto found = skip_input();
    if (found == Input::kEnded) {
      break;
    }
    input = found == Input::kUnreadable ? -1 : input;  // a terminal that is not ours to read
  }
  return 0;
}

}  // namespace wattle::cli
