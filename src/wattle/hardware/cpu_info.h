// The processors of a host: what they are called, how many there are, what they can, how they are
// clocked.
//
// Units:    hertz and bytes, in the name. Errors: none; what cannot be seen is "" or nullopt.
// Threads:  pure functions over HostFiles. Lifetime: value types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/units.h"
#include "wattle/hardware/host_files.h"

namespace wattle::hardware {

/// Vector instructions that the numeric libraries choose their kernels by, each including those
/// before it. Only of x86: elsewhere kBaseline.
enum class VectorLevel { kBaseline, kAvx, kAvx2, kAvx512, kAvx512Bf16, kAmx };

std::string_view to_string(VectorLevel level);

struct CpuInfo {
  std::string vendor;      // "GenuineIntel", "AuthenticAMD", "ARM", "Ampere", "" when unseen
  std::string model;       // "Intel(R) Xeon(R) …", "Neoverse-N1"
  int family = 0;          // x86: as /proc/cpuinfo; ARM: the architecture
  int model_number = 0;    // x86: model; ARM: part number
  int stepping = 0;        // ARM: revision
  int sockets = 1;         // packages
  int physical_cores = 1;  // of all sockets
  int logical_cpus = 1;    // online
  std::vector<std::string> features;  // the flags that numeric code cares about, sorted
  bool hypervisor = false;            // the CPU says that it is a virtual one
  Bytes last_level_cache{0};          // of one instance of the largest cache; 0: unknown
  std::string frequency_driver;
  std::string governor;
  std::string energy_preference;  // energy_performance_preference of intel_pstate and amd_pstate
  std::optional<bool> turbo;
  double max_frequency_hertz = 0;  // 0: unknown

  bool has_feature(std::string_view name) const;
  VectorLevel vector_level() const;
};

CpuInfo describe_cpus(const HostFiles& files);

}  // namespace wattle::hardware
