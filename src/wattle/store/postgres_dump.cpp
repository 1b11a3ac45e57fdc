#include "wattle/store/postgres_dump.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/file.h"
#include "wattle/base/text.h"

namespace wattle::store {
namespace {

constexpr std::size_t kShownBytes = 500;

/// The password goes by environment: arguments can be seen by everybody.
std::vector<std::string> environment_with(const std::string& password) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (password.empty() || !std::string_view(*entry).starts_with("PGPASSWORD=")) {
      environment.emplace_back(*entry);
    }
  }
  if (!password.empty()) {
    environment.push_back("PGPASSWORD=" + password);
  }
  return environment;
}

std::string words_of(const std::string& path, const DatabaseUrl& url) {
  RealFileSystem files;
  std::string words = url.redact(files.read(path, limits::kSmallFileBytes).value_or(""));
  std::ranges::replace(words, '\n', ' ');
  return std::string(trim(words).substr(0, kShownBytes));
}

Status run_tool(Subprocess& subprocess, const DatabaseUrl& url, std::vector<std::string> argv,
                const std::string& said_path) {
  const Descriptor said(::open(said_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!said.is_open() || !nothing.is_open()) {
    return error_from_errno(errno, "opening " + said_path);
  }
  const std::string tool = argv.front();
  const Command command{.argv = std::move(argv),
                        .environment = environment_with(url.password),
                        .input = nothing.get(),
                        .output = nothing.get(),
                        .error = said.get()};
  auto process = subprocess.start(command);
  if (!process.ok()) {
    ::unlink(said_path.c_str());
    return Error(ErrorCode::kUnavailable,
                 concat(tool, " cannot be started: install the package postgresql-client (",
                        process.error().message(), ")"));
  }
  const auto ended = (*process)->wait();
  const std::string words = words_of(said_path, url);
  ::unlink(said_path.c_str());
  if (!ended.ok()) {
    return ended.error();
  }
  return ended->success()
             ? Status()
             : Status(Error(ErrorCode::kIo, concat(tool, " of ", url.shown, " failed: ", words)));
}

}  // namespace

Status dump_postgres(Subprocess& subprocess, const DatabaseUrl& url, const std::string& file) {
  return run_tool(subprocess, url,
                  {"pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password",
                   "--file=" + file, "--dbname=" + url.without_password},
                  file + ".messages");
}

Status restore_postgres(Subprocess& subprocess, const DatabaseUrl& url, const std::string& file) {
  return run_tool(subprocess, url,
                  {"pg_restore", "--single-transaction", "--exit-on-error", "--no-owner",
                   "--no-privileges", "--no-password", "--dbname=" + url.without_password, file},
                  file + ".messages");
}

}  // namespace wattle::store
