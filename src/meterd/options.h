// The command line of wattle-meterd.
//
// Units:    seconds. Errors: kInvalidArgument names the argument and what it should be.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle::meterd {

enum class Task { kMeter, kPrintService, kPrintSocket, kHelp };

/// Least time between two readings of the counters that users without the right to read them get.
inline constexpr Seconds kShortestSystemPeriod{0.1};

struct Options {
  Task task = Task::kMeter;
  bool system = false;  // for every user of the host
  std::string home;     // WATTLE_HOME, or of the system: where nodes/ lies
  std::string socket_path;
  std::string lock_path;
  std::string root = "/";    // prefix of /sys and /proc
  std::string nvml_library;  // "": the usual one
  std::string replay;        // a recorded trace instead of this host's sensors
  std::string cpu_model;     // a calibrated CpuPowerModel; need not exist
  Seconds period{1};
  Seconds linger{2};
};

/// `arguments` without the program's name; `environment_root` is WATTLE_SENSOR_ROOT or "".
Result<Options> parse_options(std::span<const std::string> arguments,
                              const std::string& environment_root);
std::string help_text();

}  // namespace wattle::meterd
