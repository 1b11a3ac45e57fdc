// wattle-meterd: the one node meter of a host. See options.h for its command line, meter_server.h
// for how it serves, wattle/energy/open_meters.h for what it reads.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "ending.h"
#include "meter_server.h"
#include "options.h"
#include "unit_text.h"
#include "world_readable_files.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/base/ids.h"
#include "wattle/base/log.h"
#include "wattle/energy/node_meter.h"
#include "wattle/energy/open_meters.h"
#include "wattle/store/segment.h"

namespace wattle::meterd {
namespace {

constexpr mode_t kPrivateSocket = 0600;
constexpr mode_t kOpenSocket = 0666;

// Readings thousands of times a second leak what other processes compute (PLATYPUS, CVE-2020-8694).
// Who may read the counters anyway gets them as fast as they are useful; everybody else slowly.
constexpr Seconds kSpacingForOneself{0.01};
constexpr Seconds kSpacingForAll = kShortestSystemPeriod;

std::string host_name() {
  std::string name(256, '\0');
  ::gethostname(name.data(), name.size() - 1);
  name.resize(name.find('\0'));
  const bool usable = !name.empty() && name.find('/') == std::string::npos && name[0] != '.';
  return usable ? name : "localhost";
}

/// Keeps no folder of whoever started us busy.
Status leave_folder() {
  return ::chdir("/") == 0 ? Status() : error_from_errno(errno, "changing to /");
}

/// The last thing that whoever started us waits for; see MeterClient.
void close_output() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(null, STDOUT_FILENO);
  ::close(null);
}

energy::MeterOptions meter_options(const Options& options, FileSystem& files, Log& log) {
  energy::MeterOptions result{.root = options.root, .replay = options.replay};
  if (!options.nvml_library.empty()) {
    result.nvml_library = options.nvml_library;
  }
  if (!files.exists(options.cpu_model)) {
    return result;
  }
  const auto text = files.read(options.cpu_model, limits::kSmallFileBytes);
  auto model =
      text ? energy::CpuPowerModel::parse(*text) : Result<energy::CpuPowerModel>(text.error());
  if (model) {
    result.cpu_model = std::move(*model);
  } else {
    log.write(LogLevel::kWarning, "the calibrated processor model is not used",
              {{"file", options.cpu_model}, {"reason", model.error().message()}});
  }
  return result;
}

Result<Listener> listen(const Options& options, FileSystem& files) {
  if (options.system && Listener::is_activated()) {
    return Listener::take_activated();
  }
  const auto slash = options.socket_path.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    WATTLE_RETURN_IF_ERROR(files.make_directories(options.socket_path.substr(0, slash)));
  }
  return Listener::bind(options.socket_path, options.system ? kOpenSocket : kPrivateSocket);
}

/// What one life of the meter works with.
struct Host {
  const Options& options;
  FileSystem& files;
  const Clock& clock;
  Log& log;
};

/// Meters until nobody needs it any more. `on_ready` is called once clients are served.
Status meter_once(const Host& host, MeterServer::Doors doors,
                  const std::function<void()>& on_ready) {
  const auto& [options, files, clock, log] = host;
  WATTLE_ASSIGN_OR_RETURN(auto opened,
                          energy::open_meters(files, clock, meter_options(options, files, log)));
  for (const auto& finding : opened.findings) {
    log.write(LogLevel::kInfo, finding.message, {{"subject", finding.subject}});
  }
  auto rng = Rng::from_entropy();
  const std::string id = make_ulid(clock, rng);
  const std::string name = host_name();
  WATTLE_ASSIGN_OR_RETURN(
      auto sink,
      store::SegmentWriter::open(
          files, clock,
          {.folder = path_join(options.home, "nodes/" + name), .role = "node", .host = name}, [&] {
            return std::vector<Record>{energy::encode(
                energy::describe_node(*opened.meter, *opened.usage, id, options.period))};
          }));
  energy::NodeMeter node(*opened.meter, *opened.usage, *sink, log, energy::own_cpu_microseconds);
  WATTLE_ASSIGN_OR_RETURN(
      const auto server,
      MeterServer::create({.period = options.period,
                           .linger = options.linger,
                           .spacing = options.system ? kSpacingForAll : kSpacingForOneself},
                          doors, clock, log, [&node] { return node.sample(); }));
  on_ready();
  WATTLE_RETURN_IF_ERROR(server->run());
  return sink->sync();
}

/// REQUIRES: the meter's lock is held.
Status meter(const Host& host) {
  WATTLE_ASSIGN_OR_RETURN(const auto ending, Ending::create());
  WATTLE_ASSIGN_OR_RETURN(const auto listener, listen(host.options, host.files));
  const MeterServer::Doors doors{listener, ending};
  const bool is_resident = host.options.system && !Listener::is_activated();
  if (!is_resident) {
    return meter_once(host, doors, close_output);
  }
  // Between its clients a resident meter holds no sensor open, so that a GPU nobody uses may sleep.
  close_output();
  while (ending.wait_for(listener.descriptor())) {
    if (const auto life = meter_once(host, doors, [] {}); !life) {
      host.log.write(LogLevel::kError, "metering failed", {{"reason", life.error().message()}});
      listener.refuse_one(life.error().message());  // the next client is another try
    }
  }
  return {};
}

Status lead(const Options& options, Log& log, const Clock& clock) {
  WATTLE_RETURN_IF_ERROR(leave_folder());
  RealFileSystem own_files;
  WorldReadableFileSystem open_files;
  FileSystem& files = options.system ? static_cast<FileSystem&>(open_files) : own_files;
  WATTLE_RETURN_IF_ERROR(files.make_directories(path_join(options.home, "meter")));
  const auto lock = files.try_lock(options.lock_path);
  if (!lock && lock.error().code() == ErrorCode::kUnavailable) {
    log.write(LogLevel::kInfo, "another meter leads", {{"lock", options.lock_path}});
    return {};
  }
  return lock ? meter({options, files, clock, log}) : Status(lock.error());
}

int fail(const Error& error) {
  std::fprintf(stderr, "wattle-meterd: %s\n", error.message().c_str());
  std::fprintf(stdout, "failed %s\n", error.message().c_str());  // for a client that started us
  return static_cast<int>(describe(error.code()).exit_code);
}

std::string own_path() {
  std::string path(4096, '\0');
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  path.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return path;
}

int run(const std::vector<std::string>& arguments) {
  const char* root = std::getenv("WATTLE_SENSOR_ROOT");  // NOLINT(concurrency-mt-unsafe)
  const auto options = parse_options(arguments, root == nullptr ? "" : root);
  if (!options) {
    return fail(options.error());
  }
  if (options->task != Task::kMeter) {
    const std::string text = options->task == Task::kPrintService  ? service_unit(own_path())
                             : options->task == Task::kPrintSocket ? socket_unit()
                                                                   : help_text();
    return std::fputs(text.c_str(), stdout) < 0 ? 1 : 0;
  }
  const SystemClock clock;
  Log log(clock, {});
  const auto status = lead(*options, log, clock);
  return status ? 0 : fail(status.error());
}

}  // namespace
}  // namespace wattle::meterd

int main(int argument_count, char** arguments) {
  return wattle::meterd::run({arguments + 1, arguments + argument_count});
}
