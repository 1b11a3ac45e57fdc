#include <csignal>

#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/server_link.h"
#include "wattle/job/server_door.h"

namespace wattle::cli {
namespace {

// Long enough that a series of commands meets one server, short enough that none is left overnight.
constexpr Seconds kIdleExit{60};

/// Tells whoever started us that we are up, and lets go of its pipe.
void say_ready() {
  (void)!::write(STDOUT_FILENO, "r", 1);
  ::close(STDOUT_FILENO);
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
  const auto served = serve(order);
  const bool another_is_up = !served.ok() && options.background &&
                             served.error().code() == ErrorCode::kUnavailable && job::ring(home);
  if (another_is_up) {
    say_ready();
    return 0;
  }
  WATTLE_RETURN_IF_ERROR(served);
  return 0;
}

}  // namespace wattle::cli
