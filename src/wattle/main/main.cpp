#include <unistd.h>

#include "wattle/base/standard_streams.h"
#include "wattle/cli/entry.h"
#include "wattle/server/entry.h"

namespace {

/// The command line knows no server, and the server no command line.
wattle::Result<bool> serve(wattle::cli::ServerOrder order) {
  std::vector<wattle::server::TcpListener> tcp;
  for (auto& listen : order.listen) {
    tcp.push_back({.address = std::move(listen.address),
                   .port = listen.port,
                   .tls = listen.certificate.empty() ? std::nullopt
                                                     : std::optional(wattle::server::Certificate{
                                                           .chain = std::move(listen.certificate),
                                                           .key = std::move(listen.key)}),
                   .names = std::move(listen.names)});
  }
  const auto end =
      wattle::server::serve(std::move(order.around), {.database_url = std::move(order.database_url),
                                                      .version = std::move(order.version),
                                                      .tcp = std::move(tcp),
                                                      .idle_exit = order.idle_exit,
                                                      .on_ready = std::move(order.on_ready),
                                                      .logs_json = order.is_background});
  return end.ok() ? wattle::Result<bool>(*end == wattle::server::ServerEnd::kDrained)
                  : wattle::Result<bool>(end.error());
}

}  // namespace

int main(int argc, char** argv) {
  wattle::open_missing_streams();
  return wattle::cli::run_command_line(argc, argv, environ, serve);
}
