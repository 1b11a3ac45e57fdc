#include "wattle/hardware/doctor_facts.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <sys/statfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

bool may_write(const std::string& path) {
  return ::access(path.c_str(), W_OK | X_OK) == 0;
}

CounterAccess try_counter(const HostFiles& files, std::string source, std::string name,
                          std::string path) {
  using State = CounterAccess::State;
  const auto value = files.read(path);
  State state = State::kReadable;
  if (!value) {
    state = value.error().code() == ErrorCode::kPermissionDenied ? State::kDenied : State::kBroken;
  } else if (!parse_integer(trim(*value))) {
    state = State::kBroken;
  }
  return {std::move(source), std::move(name), std::move(path), state};
}

void find_powercap(const HostFiles& files, EnergyFacts& facts) {
  constexpr std::string_view kFolder = "/sys/class/powercap";
  facts.powercap_shown = files.exists(kFolder);
  for (const auto& zone : files.names(kFolder)) {
    const std::string folder = concat(kFolder, "/", zone);
    if (files.exists(folder + "/energy_uj")) {
      const auto name = files.text_or_empty(folder + "/name");
      facts.counters.push_back(try_counter(files, "powercap", name, folder + "/energy_uj"));
    }
  }
}

void find_hwmon(const HostFiles& files, EnergyFacts& facts) {
  constexpr std::array<std::string_view, 3> kSensors = {"energy1_input", "power1_average",
                                                        "power1_input"};
  for (const auto& chip : files.names("/sys/class/hwmon")) {
    const std::string folder = "/sys/class/hwmon/" + chip;
    for (const auto sensor : kSensors) {
      const std::string path = concat(folder, "/", sensor);
      if (files.exists(path)) {
        facts.counters.push_back(
            try_counter(files, "hwmon", files.text_or_empty(folder + "/name"), path));
        break;
      }
    }
  }
}

bool find_nvml(const HostFiles& files) {
  constexpr std::array<std::string_view, 7> kFolders = {"/usr/lib/x86_64-linux-gnu",
                                                        "/usr/lib/aarch64-linux-gnu",
                                                        "/usr/lib64",
                                                        "/usr/lib",
                                                        "/usr/local/nvidia/lib64",
                                                        "/usr/lib/wsl/lib",
                                                        "/run/opengl-driver/lib"};
  return std::any_of(kFolders.begin(), kFolders.end(), [&](std::string_view folder) {
    return files.exists(concat(folder, "/libnvidia-ml.so.1"));
  });
}

std::string find_blas(const HostFiles& files) {
  constexpr std::array<std::string_view, 4> kPlaces = {
      "/usr/lib/x86_64-linux-gnu/libblas.so.3", "/usr/lib/aarch64-linux-gnu/libblas.so.3",
      "/usr/lib64/libblas.so.3", "/usr/lib/libblas.so.3"};
  for (const auto place : kPlaces) {
    if (auto library = files.resolve(place); !library.empty()) {
      return library;
    }
  }
  return "";
}

HomeFacts look_at_home(FileSystem& files, const std::string& home) {
  HomeFacts facts;
  facts.path = home;
  std::filesystem::path place = absolute_path(home);
  while (!files.exists(place.string()) && place.has_relative_path()) {
    place = place.parent_path();
  }
  facts.writable = may_write(place.string());
  struct statfs status{};
  if (::statfs(place.c_str(), &status) == 0) {
    const auto kind = file_system_kind(static_cast<std::uint32_t>(status.f_type));
    facts.filesystem = kind.name;
    facts.network = kind.network;
    facts.in_memory = kind.in_memory;
    facts.free = Bytes(static_cast<std::int64_t>(status.f_bavail) *
                       static_cast<std::int64_t>(status.f_bsize));
  }
  return facts;
}

ClockFacts look_at_clock() {
  timex state{};  // modes 0: only asks
  const int result = ::adjtimex(&state);
  if (result < 0) {
    return {};
  }
  constexpr double kMicro = 1e-6;
  return {result != TIME_ERROR && (state.status & STA_UNSYNC) == 0,
          Seconds(static_cast<double>(state.maxerror) * kMicro)};
}

std::string find_in_path(FileSystem& files, const Environment& environment,
                         std::string_view program) {
  const auto path = environment.find("PATH");
  if (path == environment.end()) {
    return "";
  }
  for (const auto folder : split(path->second, ':')) {
    const auto candidate = path_join(folder.empty() ? "." : folder, program);
    if (files.exists(candidate) && ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return "";
}

PythonFacts look_at_python(const FactSources& sources) {
  PythonFacts facts;
  facts.path = find_in_path(sources.files, sources.environment, "python3");
  if (facts.path.empty()) {
    return facts;
  }
  Command command;
  command.argv = {facts.path, "--version"};
  const auto answer = run_captured(sources.subprocess, command, Seconds(5));
  constexpr std::string_view kPrefix = "Python ";
  if (answer && answer->output.starts_with(kPrefix)) {
    facts.version = trim(std::string_view(answer->output).substr(kPrefix.size()));
  }
  return facts;
}

CgroupFacts look_at_cgroups(const HostFiles& files) {
  const auto view = find_cgroups(files);
  CgroupFacts facts;
  if (view.unified) {
    const auto& offered = view.unified_controllers;
    const auto offers = [&](std::string_view name) {
      return std::find(offered.begin(), offered.end(), name) != offered.end();
    };
    facts.unified_writable = may_write(files.path(view.unified->folder));
    facts.unified_has_controllers = offers("cpu") && offers("memory");
  }
  constexpr std::array<std::string_view, 3> kNeeded = {"cpuacct", "cpu", "memory"};
  facts.old_writable =
      std::all_of(kNeeded.begin(), kNeeded.end(), [&](std::string_view controller) {
        const auto place = view.controllers.find(controller);
        return place != view.controllers.end() && may_write(files.path(place->second.folder));
      });
  return facts;
}

}  // namespace

Environment read_environment(const char* const* block) {
  Environment environment;
  for (; block != nullptr && *block != nullptr; ++block) {
    const std::string_view entry = *block;
    if (const auto equals = entry.find('='); equals != std::string_view::npos) {
      environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
  }
  return environment;
}

EnergyFacts find_energy_counters(const HostFiles& files) {
  EnergyFacts facts;
  find_powercap(files, facts);
  find_hwmon(files, facts);
  facts.nvml_library = find_nvml(files);
  facts.host_meter = files.exists("/run/wattle/meterd.sock");
  return facts;
}

FileSystemKind file_system_kind(std::uint64_t magic) {
  struct Row {
    std::uint64_t magic;
    std::string_view name;
    bool network;
    bool in_memory;
  };
  // statfs(2) and linux/magic.h; Lustre, GPFS and BeeGFS as their clients define them.
  constexpr std::array<Row, 18> kRows = {{
      {0x6969, "nfs", true, false},
      {0xFF534D42, "cifs", true, false},
      {0xFE534D42, "smb2", true, false},
      {0x517B, "smb", true, false},
      {0x0BD00BD0, "lustre", true, false},
      {0x47504653, "gpfs", true, false},
      {0x19830326, "beegfs", true, false},
      {0x00C36400, "ceph", true, false},
      {0x5346414F, "afs", true, false},
      {0x01021997, "9p", true, false},
      {0x01021994, "tmpfs", false, true},
      {0x858458F6, "ramfs", false, true},
      {0xEF53, "ext4", false, false},
      {0x58465342, "xfs", false, false},
      {0x9123683E, "btrfs", false, false},
      {0x2FC12FC1, "zfs", false, false},
      {0x794C7630, "overlay", false, false},
      {0x65735546, "fuse", false, false},
  }};
  const auto known = std::find_if(kRows.begin(), kRows.end(),
                                  [magic](const Row& row) { return row.magic == magic; });
  if (known == kRows.end()) {
    return {fmt::format("0x{:x}", magic), false, false};
  }
  return {std::string(known->name), known->network, known->in_memory};
}

std::string find_time_zone(const HostFiles& files, const Environment& environment) {
  if (const auto given = environment.find("TZ"); given != environment.end()) {
    std::string_view name = given->second;
    if (name.starts_with(':')) {
      name.remove_prefix(1);
    }
    return std::string(name);
  }
  if (const auto name = files.text("/etc/timezone"); name && !name->empty()) {
    return *name;
  }
  constexpr std::string_view kZones = "zoneinfo/";
  const auto target = files.resolve("/etc/localtime");
  const auto position = target.find(kZones);
  return position == std::string::npos ? "" : target.substr(position + kZones.size());
}

DoctorFacts collect_facts(const FactSources& sources, const KernelFacts& kernel) {
  const HostFiles& host = sources.host_files;
  DoctorFacts facts;
  facts.host = describe_host(host, kernel);
  facts.environment = sources.environment;
  facts.energy = find_energy_counters(host);
  facts.blas_library = find_blas(host);
  facts.home = look_at_home(sources.files, sources.home);
  facts.clock = look_at_clock();
  facts.python = look_at_python(sources);
  facts.cgroups = look_at_cgroups(host);
  facts.time_zone = find_time_zone(host, sources.environment);
  facts.carbon_zone = sources.carbon_zone;
  facts.sensors_shown = host.exists("/sys/devices/system/cpu") && host.exists("/proc/cpuinfo");
  return facts;
}

}  // namespace wattle::hardware
