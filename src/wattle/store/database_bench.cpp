// bench_database [--json] [--seconds N]: commits per second of 1 and 16 threads, beside what the
// disk itself allows: write and fdatasync of 4 KiB, one after the other, in the same run and
// folder.
//
// A commit of one thread can be no faster than one fdatasync; that 16 threads are faster than the
// disk is what group commit is for. PostgreSQL runs where its server is installed.
#include <array>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/check.h"
#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"
#include "wattle/base/time.h"
#include "wattle/store/open_database.h"
#include "wattle/support/postgres_server.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

struct Figure {
  std::string name;
  double value = 0;
};

struct Options {
  bool json = false;
  double seconds = 3;
};

double syncs_per_second(const std::string& folder, double seconds) {
  const Descriptor file(
      ::open((folder + "/raw").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const std::string block(4096, 'x');
  const SystemClock clock;
  const BootTime begin = clock.boot_now();
  double count = 0;
  double elapsed = 0;
  while (elapsed < seconds) {
    const bool written = ::write(file.get(), block.data(), block.size()) == std::ssize(block) &&
                         ::fdatasync(file.get()) == 0;
    WATTLE_CHECK(written, "the disk does not take a write");
    ++count;
    elapsed = (clock.boot_now() - begin).value();
  }
  return count / elapsed;
}

double commits_per_second(Database& database, std::atomic<std::int64_t>& next, int threads,
                          double seconds) {
  const SystemClock clock;
  const BootTime begin = clock.boot_now();
  std::atomic<std::int64_t> count{0};
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t) {
    writers.emplace_back([&] {
      while ((clock.boot_now() - begin).value() < seconds) {
        const std::int64_t id = ++next;
        const auto status = database.write([&](Session& session) -> Status {
          WATTLE_RETURN_IF_ERROR(session.execute(
              "INSERT INTO bench (id, name, at_ns) VALUES (?, ?, ?)",
              {id, "a name of some forty characters, as of a run", clock.utc_now().ns}));
          return {};
        });
        WATTLE_CHECK(status.ok(), status.error().message());
        ++count;
      }
    });
  }
  for (auto& writer : writers) {
    writer.join();
  }
  return static_cast<double>(count) / (clock.boot_now() - begin).value();
}

void measure(std::vector<Figure>& figures, const std::string& name, Database& database,
             double seconds) {
  const auto made = database.write([](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute(
        "CREATE TABLE bench (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, at_ns INTEGER "
        "NOT NULL) STRICT"));
    return {};
  });
  WATTLE_CHECK(made.ok(), made.error().message());
  std::atomic<std::int64_t> next{0};
  for (const int threads : {1, 16}) {
    figures.push_back({concat(name, "_commits_per_second_of_", threads, "_threads"),
                       commits_per_second(database, next, threads, seconds)});
  }
}

void print(const std::vector<Figure>& figures, bool json) {
  std::string text;
  for (const auto& figure : figures) {
    std::array<char, 160> line{};
    std::snprintf(line.data(), line.size(), json ? "%s\"%s\":%.6g" : "%s%-44s %10.6g\n",
                  json && !text.empty() ? "," : "", figure.name.c_str(), figure.value);
    text += line.data();
  }
  std::fputs((json ? "{" + text + "}\n" : text).c_str(), stdout);
}

int run(const Options& options) {
  const support::TemporaryFolder folder;
  std::vector<Figure> figures;
  figures.push_back({"syncs_per_second", syncs_per_second(folder.path(), options.seconds)});
  measure(figures, "sqlite", *open_database({.home = folder.path(), .url = ""}).value(),
          options.seconds);
  if (support::PostgresServer::is_installed()) {
    support::PostgresServer server;
    measure(figures, "postgresql",
            *open_database({.home = folder.path(), .url = server.create_database()}).value(),
            options.seconds);
  }
  figures.push_back({"syncs_per_second_after", syncs_per_second(folder.path(), options.seconds)});
  print(figures, options.json);
  return 0;
}

}  // namespace
}  // namespace wattle::store

int main(int count, char** arguments) {
  wattle::store::Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    options.json = options.json || word == "--json";
    if (word == "--seconds" && i + 1 < count) {
      options.seconds = wattle::parse_number(arguments[i + 1]).value();
    }
  }
  return wattle::store::run(options);
}
