// bench_metering: what metering costs. CPU per sample of the node meter over a generated
// two-package host and over this host, and CPU and wake-ups of wattle-meterd at 1 Hz and idle.
// Flags: --json, --seconds N (per phase of the program, 5). --data is taken and not needed.
#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/base/log.h"
#include "wattle/base/text.h"
#include "wattle/energy/meter_client.h"
#include "wattle/energy/node_meter.h"
#include "wattle/energy/open_meters.h"
#include "wattle/store/segment.h"
#include "wattle/support/sensor_tree.h"
#include "wattle/support/temporary_folder.h"

namespace wattle {
namespace {

struct Figure {
  std::string name;
  double value;
  double limit;  // 0: none
};

double sample_cpu_seconds(const std::string& root) {
  constexpr int kSamples = 2000;
  const support::TemporaryFolder folder;
  RealFileSystem files;
  const SystemClock clock;
  Log log(clock, {});
  auto opened = energy::open_meters(files, clock, {.root = root}).value();
  auto sink = store::SegmentWriter::open(
                  files, clock, {.folder = folder / "nodes", .role = "node", .host = "bench"},
                  [] { return std::vector<Record>{}; })
                  .value();
  energy::NodeMeter node(*opened.meter, *opened.usage, *sink, log, energy::own_cpu_microseconds);
  const auto before = energy::own_cpu_microseconds();
  for (int i = 0; i < kSamples; ++i) {
    WATTLE_CHECK(node.sample().ok(), "a sample failed");
  }
  return static_cast<double>(energy::own_cpu_microseconds() - before) * 1e-6 / kSamples;
}

struct Use {
  double cpu_seconds = 0;
  double wake_ups = 0;
};

Use use_of(pid_t pid) {
  RealFileSystem files;
  const auto schedule = files.read(concat("/proc/", pid, "/schedstat"), 4096).value();
  const auto status = files.read(concat("/proc/", pid, "/status"), 65536).value();
  constexpr std::string_view kKey = "\nvoluntary_ctxt_switches:";
  const auto at = status.find(kKey) + kKey.size();
  const auto line = trim(std::string_view(status).substr(at, status.find('\n', at) - at));
  const auto ran = std::string_view(schedule).substr(0, schedule.find(' '));
  return {parse_number(ran).value() * 1e-9, parse_number(line).value()};
}

void wait(double seconds) {
  ::poll(nullptr, 0, static_cast<int>(seconds * 1000));
}

Use rate_over(pid_t pid, double seconds) {
  const Use before = use_of(pid);
  wait(seconds);
  const Use after = use_of(pid);
  return {(after.cpu_seconds - before.cpu_seconds) / seconds,
          (after.wake_ups - before.wake_ups) / seconds};
}

void measure_program(std::vector<Figure>& figures, const std::string& root, double seconds) {
  const support::TemporaryFolder folder;
  const std::string socket = folder / "socket";
  auto client = energy::MeterClient::connect(
                    {.socket_paths = {socket},
                     .start_command = {WATTLE_METERD, "--system", "--state", folder / "state",
                                       "--socket", socket, "--root", root, "--linger", "0s"},
                     .timeout = Seconds(30)})
                    .value();
  ucred peer{};
  socklen_t size = sizeof(peer);
  ::getsockopt(client.descriptor(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
  const Use ticking = rate_over(peer.pid, seconds);
  {
    const auto leaving = std::move(client);
  }
  wait(0.1);
  const Use idle = rate_over(peer.pid, seconds);
  ::kill(peer.pid, SIGTERM);
  figures.push_back({"meterd_1hz_core_ratio", ticking.cpu_seconds, 0.001});
  figures.push_back({"meterd_1hz_wake_ups_per_second", ticking.wake_ups, 5});
  figures.push_back({"meterd_idle_core_ratio", idle.cpu_seconds, 0.0001});
  figures.push_back({"meterd_idle_wake_ups_per_second", idle.wake_ups, 0.5});
}

void print(const std::vector<Figure>& figures, bool json) {
  std::string text = json ? "{" : "";
  for (const auto& figure : figures) {
    std::array<char, 160> line{};
    if (json) {
      std::snprintf(line.data(), line.size(), "%s\"%s\":%.6g", text.size() > 1 ? "," : "",
                    figure.name.c_str(), figure.value);
    } else {
      std::snprintf(line.data(), line.size(), "%-42s %10.6f (limit %g)\n", figure.name.c_str(),
                    figure.value, figure.limit);
    }
    text += line.data();
  }
  std::fputs((json ? text + "}\n" : text).c_str(), stdout);
}

int run(const std::vector<std::string>& arguments) {
  bool json = false;
  double seconds = 5;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    json = json || arguments[i] == "--json";
    if (arguments[i] == "--seconds" && i + 1 < arguments.size()) {
      seconds = parse_number(arguments[i + 1]).value();
    }
  }
  const support::TemporaryFolder folder;
  support::make_intel_server(folder.path());
  const double generated = sample_cpu_seconds(folder.path());
  const double here = sample_cpu_seconds("/");
  // Seconds of CPU per sample are, at one sample a second, the share of a core.
  std::vector<Figure> figures{{"sample_generated_host_core_ratio_at_1hz", generated, 0.001},
                              {"sample_this_host_core_ratio_at_1hz", here, 0.001}};
  measure_program(figures, folder.path(), seconds);
  print(figures, json);
  bool within = true;
  for (const auto& figure : figures) {
    within = within && figure.value <= figure.limit;
  }
  return within ? 0 : 1;
}

}  // namespace
}  // namespace wattle

int main(int argument_count, char** arguments) {
  return wattle::run({arguments + 1, arguments + argument_count});
}
