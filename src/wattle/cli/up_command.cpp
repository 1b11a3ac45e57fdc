#include <array>
#include <csignal>

#include <unistd.h>

#include "wattle/base/standard_streams.h"
#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/server_link.h"
#include "wattle/executor/waiting.h"
#include "wattle/job/server_door.h"

namespace wattle::cli {
namespace {

// Long enough that a series of commands meets one server, short enough that none is left overnight.
constexpr Seconds kIdleExit{60};
// How often, and for how long, a server that finds the home taken looks again.
constexpr int kMostTurns = 20;
constexpr Seconds kTurn{1};

/// Tells whoever started us that we are up, and lets go of its pipe.
void say_ready() {
  (void)!::write(STDOUT_FILENO, "r", 1);
  let_go_of_standard_output();
}

/// Another server has the home. Its door is shut only while it begins or ends, so this waits for
/// one of the two; false when the home may be free.
bool another_opens(Context& context, const store::Home& home) {
  // Watched before it is asked: it writes down who it is as soon as its door is open.
  const auto watch = executor::FolderWatch::open(path_join(home.root(), "server"),
                                                 executor::FolderWatch::Events::kNames);
  if (job::ring(home)) {
    return true;
  }
  const auto process = open_server(context);
  const int written = watch.ok() ? watch->descriptor() : -1;
  executor::wait_readable(std::array{written, process.get()}, kTurn);
  return job::ring(home);
}

}  // namespace

Result<int> up(Context& context, const UpOptions& options, const ServerEntry& serve) {
  WATTLE_ASSIGN_OR_RETURN(auto around, context.surroundings());
  const auto home = around.home;
  ServerOrder order{.around = std::move(around),
                    .database_url = context.database_url(),
                    .idle_exit = options.background ? std::optional(kIdleExit) : std::nullopt,
                    .on_ready = nullptr,
                    .is_background = options.background};
  if (options.idle_seconds) {
    order.idle_exit = Seconds(*options.idle_seconds);
  }
  auto& output = context.output();
  order.on_ready = options.background ? std::function<void()>(say_ready) : [&output, &home] {
    output.narrate(concat("The server of ", home.root(), " is up; Ctrl-C ends it, jobs go on.\n"));
  };
  // A signal to end belongs to the server's own loop, also while it opens the database.
  ::signal(SIGHUP, options.background ? SIG_IGN : SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);  // whoever started us may be gone when we are up
  for (int turn = 1;; ++turn) {
    const auto served = serve(order);
    const bool is_taken = !served.ok() && served.error().code() == ErrorCode::kAlreadyExists;
    if (!is_taken || !options.background || turn == kMostTurns) {
      WATTLE_RETURN_IF_ERROR(served);
      return 0;
    }
    if (another_opens(context, home)) {
      say_ready();
      return 0;
    }
  }
}

}  // namespace wattle::cli
