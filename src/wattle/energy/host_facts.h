// What the kernel tells of this host that the power models need: its processor and its memory.
//
// Units:    bytes. Errors: none; what cannot be read stays unknown.
// Threads:  pure over the files. Lifetime: value types.
#pragma once

#include "wattle/base/units.h"
#include "wattle/energy/cpu_power_model.h"
#include "wattle/energy/sensor_files.h"

namespace wattle::energy {

/// From /proc/cpuinfo, and from DMI for the provider of a cloud machine.
CpuDescription read_cpu_description(const SensorFiles& sensors);
/// MemTotal of /proc/meminfo; 0 when it cannot be read.
Bytes read_memory_size(const SensorFiles& sensors);

}  // namespace wattle::energy
