// The GPUs that the kernel shows, with or without their driver.
//
// Units:    Bytes. Errors: none; what cannot be seen is "" or 0.
// Threads:  pure functions over HostFiles. Lifetime: value types.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/units.h"
#include "wattle/hardware/host_files.h"

namespace wattle::hardware {

struct Gpu {
  std::string vendor;   // "NVIDIA", "AMD", "Intel"
  std::string model;    // "" without the driver
  std::string bus;      // PCI address, "0000:01:00.0"
  std::string uuid;     // NVIDIA only
  Bytes memory{0};      // AMD only: NVIDIA's is asked of NVML
  bool driver = false;  // a driver has taken it

  bool operator==(const Gpu&) const = default;
};

/// In the order of their PCI addresses. Display chips of servers and hypervisors are left out.
std::vector<Gpu> find_gpus(const HostFiles& files);

}  // namespace wattle::hardware
