#include <unistd.h>

#include "wattle/base/standard_streams.h"
#include "wattle/cli/entry.h"
#include "wattle/server/entry.h"

int main(int argc, char** argv) {
  wattle::open_missing_streams();
  const auto serve = [](wattle::cli::ServerOrder order) {
    return wattle::server::serve(std::move(order.around),
                                 {.database_url = std::move(order.database_url),
                                  .idle_exit = order.idle_exit,
                                  .on_ready = std::move(order.on_ready),
                                  .logs_json = order.is_background});
  };
  return wattle::cli::run_command_line(argc, argv, environ, serve);
}
