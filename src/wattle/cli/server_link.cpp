#include "wattle/cli/server_link.h"

#include <array>

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/executor/waiting.h"
#include "wattle/job/server_door.h"

namespace wattle::cli {
namespace {

constexpr int kMostStarts = 5;
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

std::string last_line_of_log(Context& context, const store::Home& home) {
  const auto text = context.files().read(home.server_log());
  const auto lines = text.ok() ? trim(*text) : std::string_view();
  return lines.empty() ? "it said nothing" : std::string(lines.substr(lines.rfind('\n') + 1));
}

/// Waits for the word that it is up; false when the pipe closes without one.
bool is_up(const Descriptor& reading) {
  const auto ready = executor::wait_readable(std::array{reading.get()}, kStartTimeout);
  char byte = 0;
  return ready && ::read(reading.get(), &byte, 1) == 1;
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
  return Error(ErrorCode::kUnavailable,
               concat("the server cannot be started: ", last_line_of_log(context, home), " (",
                      home.server_log(), ")"));
}

}  // namespace

Status wake_server(Context& context) {
  WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
  for (int start = 0; start < kMostStarts; ++start) {
    if (job::ring(home)) {
      return {};
    }
    WATTLE_ASSIGN_OR_RETURN(const auto begin, start_server(context, home));
    if (begin == Begin::kIsUp) {
      return {};
    }
  }
  return Error(ErrorCode::kUnavailable, "the server is killed each time that it begins");
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
