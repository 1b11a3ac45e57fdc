// bench_supervise: what the supervisor costs. Wake-ups and CPU of one whose job sleeps, and how
// much longer a command takes under it than by itself (posix_spawn), in turns in the same run.
// Flags: --json, --seconds N (of the sleeping job, 10), --starts N (of each kind, 40), --program
// PATH (another build of it). --data is taken and not needed.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/base/time.h"
#include "wattle/energy/process_group_tree.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::supervise {
namespace {

using Words = std::vector<std::string>;

struct Figure {
  std::string name;
  double value = 0;
  double limit = 0;  // 0: none
};

pid_t spawn(const Words& words) {
  std::vector<char*> argv;
  for (const auto& word : words) {
    argv.push_back(const_cast<char*>(word.c_str()));  // NOLINT: posix_spawn does not write to them
  }
  argv.push_back(nullptr);
  pid_t pid = -1;
  WATTLE_CHECK(::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) == 0,
               "the program cannot be started");
  return pid;
}

void wait_for(pid_t pid) {
  int status = 0;
  WATTLE_CHECK(::waitpid(pid, &status, 0) == pid && status == 0, "the program failed");
}

Words supervised(const std::string& program, const std::string& folder, const Words& command) {
  Words words{
      program, "--protocol",   "2",   "--folder", folder,    "--run",   "BENCH", "--attempt",
      "1",     "--time-limit", "600", "--stdio",  "inherit", "--grace", "1",     "--"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

double number_after(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      return parse_number(trim(std::string_view(line).substr(key.size()))).value();
    }
  }
  return 0;
}

struct Use {
  double wake_ups = 0;
  double cpu_seconds = 0;
};

Use use_of(pid_t pid) {
  const std::string status = concat("/proc/", static_cast<long>(pid), "/status");
  std::ifstream schedule(concat("/proc/", static_cast<long>(pid), "/schedstat"));
  double nanoseconds = 0;
  schedule >> nanoseconds;
  return {number_after(status, "voluntary_ctxt_switches:"), nanoseconds * 1e-9};
}

void wait(double seconds) {
  ::poll(nullptr, 0, static_cast<int>(seconds * 1000));
}

void measure_idle(std::vector<Figure>& figures, const std::string& program, double seconds) {
  const support::TemporaryFolder folder;
  const SystemClock clock;
  const pid_t pid = spawn(supervised(program, folder / "1", {"sleep", "600"}));
  wait(1.5);  // the start is no part of it
  const Use before = use_of(pid);
  const BootTime begin = clock.boot_now();
  wait(seconds);
  const Use after = use_of(pid);
  const double elapsed = (clock.boot_now() - begin).value();
  const auto memory = energy::read_process(pid).value().memory_bytes;
  ::kill(pid, SIGTERM);
  wait_for(pid);
  figures.push_back({"idle_wake_ups_per_second", (after.wake_ups - before.wake_ups) / elapsed, 5});
  figures.push_back({"idle_core_ratio", (after.cpu_seconds - before.cpu_seconds) / elapsed, 0.001});
  figures.push_back({"resident_bytes", static_cast<double>(memory), 0});
}

double milliseconds_of(const Words& words) {
  const SystemClock clock;
  const BootTime begin = clock.boot_now();
  wait_for(spawn(words));
  return (clock.boot_now() - begin).value() * 1e3;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void measure_start(std::vector<Figure>& figures, const std::string& program, int starts) {
  const support::TemporaryFolder folder;
  std::vector<double> bare;
  std::vector<double> under;
  for (int i = 0; i < starts; ++i) {
    bare.push_back(milliseconds_of({"/bin/true"}));
    under.push_back(
        milliseconds_of(supervised(program, folder / std::to_string(i), {"/bin/true"})));
  }
  figures.push_back({"bare_milliseconds", median(bare), 0});
  figures.push_back({"supervised_milliseconds", median(under), 0});
  figures.push_back({"supervised_to_bare_ratio", median(under) / median(bare), 0});
}

void print(const std::vector<Figure>& figures, bool json) {
  std::string text = json ? "{" : "";
  for (const auto& figure : figures) {
    std::array<char, 160> line{};
    if (json) {
      std::snprintf(line.data(), line.size(), "%s\"%s\":%.6g", text.size() > 1 ? "," : "",
                    figure.name.c_str(), figure.value);
    } else {
      std::snprintf(line.data(), line.size(), "%-32s %14.6g (limit %g)\n", figure.name.c_str(),
                    figure.value, figure.limit);
    }
    text += line.data();
  }
  std::fputs((json ? text + "}\n" : text).c_str(), stdout);
}

int run(const Words& arguments) {
  bool json = false;
  double seconds = 10;
  double starts = 40;
  std::string program = WATTLE_SUPERVISE;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    json = json || arguments[i] == "--json";
    if (arguments[i] == "--seconds" && i + 1 < arguments.size()) {
      seconds = parse_number(arguments[i + 1]).value();
    } else if (arguments[i] == "--starts" && i + 1 < arguments.size()) {
      starts = parse_number(arguments[i + 1]).value();
    } else if (arguments[i] == "--program" && i + 1 < arguments.size()) {
      program = arguments[i + 1];
    }
  }
  std::vector<Figure> figures;
  measure_idle(figures, program, seconds);
  measure_start(figures, program, std::max(1, static_cast<int>(starts)));
  print(figures, json);
  const bool within = std::ranges::all_of(figures, [](const Figure& figure) {
    return figure.limit == 0 || figure.value <= figure.limit;
  });
  return within ? 0 : 1;
}

}  // namespace
}  // namespace wattle::supervise

int main(int argument_count, char** arguments) {
  return wattle::supervise::run({arguments + 1, arguments + argument_count});
}
