#include <array>
#include <cerrno>
#include <csignal>

#include <unistd.h>

#include "wattle/base/standard_streams.h"
#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/server_link.h"
#include "wattle/executor/waiting.h"

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

/// Another server has the home. It does not answer only while it begins or ends, so this waits for
/// one of the two; false when the home may be free.
bool another_opens(Context& context, const store::Home& home) {
  // Watched before it is asked: its socket is put in place as soon as it listens.
  const auto watch = executor::FolderWatch::open(path_join(home.root(), "server"),
                                                 executor::FolderWatch::Events::kNames);
  if (answers(home.server_socket())) {
    return true;
  }
  const auto process = open_server(context);
  const int written = watch.ok() ? watch->descriptor() : -1;
  executor::wait_readable(std::array{written, process.get()}, kTurn);
  return answers(home.server_socket());
}

/// "127.0.0.1:8080", "[::]:8443", ":0" (loopback, any free port).
Result<ListenOrder> listen_order(const std::string& text, const UpOptions& options) {
  const auto colon = text.rfind(':');
  const auto port = parse_integer(colon == std::string::npos ? "" : text.substr(colon + 1));
  if (!port.ok() || *port < 0 || *port > UINT16_MAX) {
    return Error(
        ErrorCode::kInvalidArgument,
        concat("--listen takes ADDRESS:PORT (127.0.0.1:8080, [::]:8443), not '", text, "'"));
  }
  auto address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  return ListenOrder{.address = address.empty() ? "127.0.0.1" : address,
                     .port = static_cast<std::uint16_t>(*port),
                     .certificate = options.certificate,
                     .key = options.key,
                     .names = options.names};
}

/// Secrets do not travel in the clear: an address of the network needs TLS.
Status check_listen(const ListenOrder& order) {
  const bool is_loopback = order.address.starts_with("127.") || order.address == "::1";
  if (order.certificate.empty() != order.key.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--tls-certificate and --tls-key go together");
  }
  return is_loopback || !order.certificate.empty()
             ? Status()
             : Status(Error(ErrorCode::kInvalidArgument,
                            concat("--listen ", order.address,
                                   ": others reach this address, and tokens would cross the "
                                   "network in the clear; add --tls-certificate and --tls-key, or "
                                   "listen at 127.0.0.1")));
}

Result<ServerOrder> order_of(Context& context, const UpOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto around, context.surroundings());
  ServerOrder order{.around = std::move(around),
                    .database_url = context.database_url(),
                    .version = WATTLE_VERSION,
                    .listen = {},
                    .idle_exit = options.background ? std::optional(kIdleExit) : std::nullopt,
                    .on_ready = nullptr,
                    .is_background = options.background};
  if (options.idle_seconds) {
    order.idle_exit = Seconds(*options.idle_seconds);
  }
  for (const auto& text : options.listen) {
    WATTLE_ASSIGN_OR_RETURN(auto listen, listen_order(text, options));
    WATTLE_RETURN_IF_ERROR(check_listen(listen));
    order.listen.push_back(std::move(listen));
  }
  return order;
}

void tell_up(Output& output, const ServerOrder& order, const std::vector<std::uint16_t>& ports) {
  output.narrate(
      concat("The server of ", order.around.home.root(), " is up; Ctrl-C ends it, jobs go on.\n"));
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto& listen = order.listen[i];
    const bool is_v6 = listen.address.find(':') != std::string::npos;
    output.narrate(concat("It listens at ", listen.certificate.empty() ? "http" : "https", "://",
                          is_v6 ? "[" : "", listen.address, is_v6 ? "]" : "", ":", ports[i],
                          " for whoever has a token.\n"));
  }
}

/// The program that is on the disk by now, with the same words. Returns only when it cannot be run.
Status begin_again(Context& context, const UpOptions& options) {
  std::vector<std::string> words{path_join(context.program_folder(), "wattle"), "up"};
  for (const auto& listen : options.listen) {
    words.insert(words.end(), {"--listen", listen});
  }
  for (const auto& name : options.names) {
    words.insert(words.end(), {"--name", name});
  }
  if (!options.certificate.empty()) {
    words.insert(words.end(), {"--tls-certificate", options.certificate, "--tls-key", options.key});
  }
  if (options.idle_seconds) {
    words.insert(words.end(), {"--idle", std::to_string(*options.idle_seconds)});
  }
  std::vector<char*> argv;
  for (auto& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  return error_from_errno(errno, "running " + words.front());
}

}  // namespace

Result<int> up(Context& context, const UpOptions& options, const ServerEntry& serve) {
  WATTLE_ASSIGN_OR_RETURN(auto order, order_of(context, options));
  const auto home = order.around.home;
  auto& output = context.output();
  order.on_ready = [&](const std::vector<std::uint16_t>& ports) {
    options.background ? say_ready() : tell_up(output, order, ports);
  };
  // A signal to end belongs to the server's own loop, also while it opens the database.
  ::signal(SIGHUP, options.background ? SIG_IGN : SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);  // whoever started us may be gone when we are up
  for (int turn = 1;; ++turn) {
    const auto served = serve(order);
    const bool is_taken = !served.ok() && served.error().code() == ErrorCode::kAlreadyExists;
    if (!is_taken || !options.background || turn == kMostTurns) {
      WATTLE_RETURN_IF_ERROR(served.ok() ? Status() : Status(served.error()));
      const bool is_to_begin_again = *served && !options.background;
      WATTLE_RETURN_IF_ERROR(is_to_begin_again ? begin_again(context, options) : Status());
      return 0;
    }
    if (another_opens(context, home)) {
      say_ready();
      return 0;
    }
  }
}

}  // namespace wattle::cli
