#include "wattle/cli/server_link.h"

#include <array>
#include <filesystem>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/executor/waiting.h"

namespace wattle::cli {
namespace {

constexpr int kMostStarts = 5;
constexpr std::uintmax_t kLeastSpace = 64 << 10;
constexpr Seconds kEndTimeout{10};    // between the end of its words and its own
constexpr Seconds kStartTimeout{60};  // recovery walks over what was left behind

/// Without what ties a process to one run: the server is nobody's job.
std::vector<std::string> server_environment(const Context& context) {
  std::vector<std::string> entries;
  for (const auto& [name, value] : context.environment()) {
    if (name != "WATTLE_ATTEMPT") {
      entries.push_back(concat(name, "=", value));
    }
  }
  entries.emplace_back("WATTLE_PLATFORM=server");
  return entries;
}

/// The server's last words; on a disk without a byte to spare it has none.
std::string last_words(Context& context, const store::Home& home) {
  const auto text = context.files().read(home.server_log());
  const auto lines = text.ok() ? trim(*text) : std::string_view();
  if (lines.empty()) {
    std::error_code error;
    const auto space = std::filesystem::space(home.root(), error);
    const bool is_full = !error && space.available < kLeastSpace;
    return is_full ? concat("No space left on device: ", space.available, " B are free below ",
                            home.root(), "; free some and try again")
                   : "it said nothing";
  }
  std::string line(lines.substr(lines.rfind('\n') + 1));
  constexpr std::string_view kPrefix = "wattle: ";
  return line.starts_with(kPrefix) ? line.substr(kPrefix.size()) : line;
}

/// Waits for the word that it is up; false when the pipe closes without one.
bool is_up(const Descriptor& reading) {
  const auto ready = executor::wait_readable(std::array{reading.get()}, kStartTimeout);
  char byte = 0;
  return ready && ::read(reading.get(), &byte, 1) == 1;
}

/// What a server's exit code says of why it did not come up, so that ours says the same.
ErrorCode error_code_of(int exit_code) {
  switch (static_cast<ExitCode>(exit_code)) {
    case ExitCode::kFailed:
      return ErrorCode::kIo;
    case ExitCode::kUsage:
      return ErrorCode::kInvalidArgument;
    case ExitCode::kPermission:
      return ErrorCode::kPermissionDenied;
    case ExitCode::kGateFailed:
      return ErrorCode::kFailedPrecondition;
    default:
      return ErrorCode::kUnavailable;
  }
}

enum class Begin { kIsUp, kWasKilled };

Result<Begin> start_server(Context& context, const store::Home& home) {
  WATTLE_RETURN_IF_ERROR(context.files().make_directories(path_join(home.root(), "server")));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return error_from_errno(errno, "making a pipe");
  }
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor log(
      ::open(home.server_log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log.is_open()) {
    return error_from_errno(errno, "opening " + home.server_log());
  }
  Command command{.argv = {path_join(context.program_folder(), "wattle"), "up", "--background"},
                  .environment = server_environment(context),
                  .folder = "/"};
  command.input = null.get();
  command.output = writing.get();
  command.error = log.get();
  command.new_session = true;
  WATTLE_ASSIGN_OR_RETURN(const auto process, context.subprocess().start(command));
  writing.reset();
  if (is_up(reading)) {
    return Begin::kIsUp;
  }
  (void)executor::wait_readable(std::array{process->pidfd()}, kEndTimeout);
  const auto ended = process->poll();
  if (ended.ok() && *ended && (*ended)->signal != 0) {
    return Begin::kWasKilled;
  }
  const int code = ended.ok() && *ended ? (*ended)->code : 0;
  return Error(error_code_of(code),
               concat("the server cannot be started: ", last_words(context, home), " (",
                      home.server_log(), ")"));
}

}  // namespace

Status ensure_server(Context& context) {
  WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
  for (int start = 0; start < kMostStarts; ++start) {
    if (answers(home.server_socket())) {
      return {};
    }
    WATTLE_ASSIGN_OR_RETURN(const auto begin, start_server(context, home));
    if (begin == Begin::kIsUp) {
      return {};
    }
  }
  return Error(ErrorCode::kUnavailable, "the server is killed each time that it begins");
}

bool answers(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof(address.sun_path)) {
    return false;
  }
  socket.copy(&address.sun_path[0], socket.size());
  const Descriptor end(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the kernel takes it
  return ::connect(end.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

Status await_server_end(Context& context) {
  const auto server = open_server(context);
  const auto ended = executor::wait_readable(std::array{server.get()}, kEndTimeout);
  return !server.is_open() || ended
             ? Status()
             : Status(Error(ErrorCode::kUnavailable,
                            "the server was asked to end and does not; `wattle up` in a terminal "
                            "shows what it does"));
}

Descriptor open_server(Context& context) {
  const auto home = context.home();
  const auto text =
      home.ok() ? context.files().read(home->server_process()) : Result<std::string>(home.error());
  const auto pid = text.ok() ? parse_integer(trim(*text)) : Result<std::int64_t>(0);
  if (!pid.ok() || *pid <= 0) {
    return Descriptor();
  }
  auto process = executor::open_process(static_cast<pid_t>(*pid));
  // After a reboot, or in time, the number may have come to name another process.
  const auto program = context.files().read_link(concat("/proc/", *pid, "/exe"));
  return program.ok() && program->find("wattle") != std::string::npos ? std::move(process)
                                                                      : Descriptor();
}

}  // namespace wattle::cli
