// Everything that the checks of `wattle doctor` look at, gathered beforehand: the checks themselves
// ask nobody.
//
// Units:    Bytes; cores as in host.h. Errors: a fact that could not be had is "" or nullopt, and
// the check says so. Threads: collect_facts on one thread. Lifetime: value types; collect_facts
// borrows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/subprocess.h"
#include "wattle/base/units.h"
#include "wattle/hardware/host.h"

namespace wattle::hardware {

using Environment = std::map<std::string, std::string, std::less<>>;

/// One energy or power counter of the kernel, and whether we may read it.
struct CounterAccess {
  enum class State { kReadable, kDenied, kBroken };
  std::string source;  // "powercap", "hwmon"
  std::string name;    // "package-0", "power_meter"
  std::string path;    // as on the host
  State state = State::kReadable;
};

struct EnergyFacts {
  std::vector<CounterAccess> counters;
  bool powercap_shown = false;  // /sys/class/powercap is there, with or without counters
  bool nvml_library = false;    // libnvidia-ml.so.1 is where the loader looks
  bool host_meter = false;      // /run/wattle/meterd.sock: a meter was installed for all users
};

/// The file system under WATTLE_HOME, or under the nearest folder above it that exists.
struct HomeFacts {
  std::string path;
  bool writable = false;
  std::string
      filesystem;  // "ext4", "nfs", …; the magic number in hexadecimal if it has no name here
  bool network = false;
  bool in_memory = false;
  Bytes free{0};
};

struct ClockFacts {
  std::optional<bool> synchronised;  // nullopt: adjtimex is not allowed
  Seconds error_bound{0};            // the kernel's own bound, maxerror
};

struct PythonFacts {
  std::string path;     // of `python3` in PATH, "" without one
  std::string version;  // "3.11.2"
};

/// What the supervisor may do with control groups, for the ladder of accounting.
struct CgroupFacts {
  bool unified_writable = false;         // we may make groups in ours
  bool unified_has_controllers = false;  // with cpu and memory
  bool old_writable = false;             // version 1 cpuacct, cpu and memory
};

struct DoctorFacts {
  HostDescription host;
  Environment environment;
  EnergyFacts energy;
  std::string blas_library;  // where libblas.so.3 leads; "" when there is none
  HomeFacts home;
  ClockFacts clock;
  PythonFacts python;
  CgroupFacts cgroups;
  std::string time_zone;      // "Europe/Berlin", "" when unknown
  std::string carbon_zone;    // configured; "" when not
  bool sensors_shown = true;  // /sys and /proc are there
};

struct FactSources {
  const HostFiles& host_files;
  FileSystem& files;  // of this process, for WATTLE_HOME
  Subprocess& subprocess;
  Environment environment;
  std::string home;         // WATTLE_HOME
  std::string carbon_zone;  // from configuration, "" when none
};

/// Asks kernel, file system and `python3 --version` (for at most five seconds).
DoctorFacts collect_facts(const FactSources& sources, const KernelFacts& kernel);

/// The process's environment as a map; the first of two equal names wins, as in getenv.
Environment read_environment(const char* const* block);

/// Counters below /sys/class/powercap and /sys/class/hwmon, each tried by reading it.
EnergyFacts find_energy_counters(const HostFiles& files);

/// Name and kind of a file system by its magic number (statfs(2)).
struct FileSystemKind {
  std::string name;
  bool network = false;
  bool in_memory = false;
};
FileSystemKind file_system_kind(std::uint64_t magic);

/// The time zone's name: TZ, /etc/timezone, or where /etc/localtime leads.
std::string find_time_zone(const HostFiles& files, const Environment& environment);

}  // namespace wattle::hardware
