// Fits the processor's power model to this host, by its own energy counter.
//
// Units:    Joules, Seconds, Watts; utilisation in [0, 1].
// Errors:   without a counter there is no source; without points, or with points that cannot be
//           true, the model stays what it was.
// Threads:  one thread. Lifetime: a source borrows the meters it was made of.
#pragma once

#include <optional>
#include <span>

#include "wattle/energy/cpu_power_model.h"
#include "wattle/energy/open_meters.h"
#include "wattle/hardware/power_points.h"

namespace wattle::hardware {

/// The counters of all processor packages together; nullopt where the processor is modelled.
std::optional<PowerSource> processor_counter(const energy::OpenedMeters& meters, int logical_cpus);

/// `model` with the points taken into account.
energy::CpuPowerModel fit_to_points(const energy::CpuPowerModel& model,
                                    std::span<const PowerPoint> points);

}  // namespace wattle::hardware
