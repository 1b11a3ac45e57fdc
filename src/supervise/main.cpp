// wattle-supervise: runs one attempt of a job, counts what it uses, and records how it ended.
// Exit code: 0 when the end is recorded, however the job ended; 2 for a wrong command line; 1 when
// nothing was recorded.
#include <cstdio>
#include <string>
#include <vector>

#include "options.h"
#include "supervisor.h"
#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/base/standard_streams.h"
#include "wattle/base/time.h"

namespace {

int complain(const wattle::Error& error, int code) {
  std::fprintf(stderr, "wattle-supervise: %s\n", error.message().c_str());
  return code;
}

}  // namespace

int main(int count, char** words) {
  using wattle::supervise::Supervisor;
  wattle::open_missing_streams();
  const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
  auto options = wattle::supervise::parse_options(arguments);
  if (!options.ok()) {
    return complain(options.error(), 2);
  }
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    environment.emplace_back(*entry);
  }
  wattle::RealFileSystem files;
  const wattle::SystemClock clock;
  Supervisor supervisor(files, clock, std::move(*options), std::move(environment));
  const auto status = supervisor.run();
  return status.ok() ? 0 : complain(status.error(), 1);
}
