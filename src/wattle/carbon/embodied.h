// Grams spent on making the hardware, as a range, and the share of them that a run bears.
//
// Units:    GramsCo2e, Seconds. Shares are ratios in [0, 1].
// Errors:   kInvalidArgument for a range out of order, a server over 20 t, a share outside [0, 1].
// Threads:  value types and pure functions.
// Lifetime: value types.
// Source:   M = TE * (TiR / EL) * (RR / ToR), SCI 1.1 (ISO/IEC 21031:2024). Each default names its
// own. See:      docs/concepts/carbon.md, "Embodied": tools differ up to 3.8-fold on one GPU.
#pragma once

#include <string>

#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle::carbon {

struct EmbodiedRange {
  GramsCo2e min;
  GramsCo2e typical;
  GramsCo2e max;

  EmbodiedRange& operator+=(const EmbodiedRange& other);
  friend EmbodiedRange operator+(EmbodiedRange a, const EmbodiedRange& b) { return a += b; }
  friend EmbodiedRange operator*(const EmbodiedRange& range, double factor) {
    return {range.min * factor, range.typical * factor, range.max * factor};
  }
};

/// TE and EL of a machine or a part of one.
struct EmbodiedHardware {
  std::string name;
  EmbodiedRange total;
  Seconds lifetime;
  std::string source;
};

/// What a server is built of, for its default.
struct ServerParts {
  int cpus = 2;
  int gpus = 0;
  int ssds = 1;
  double dram_gigabytes = 0;
};

/// Checks a figure that somebody gives for a machine: ordered, not negative, at most 20 t, a
/// lifetime above zero.
Status check_embodied(const EmbodiedHardware& hardware);

EmbodiedHardware laptop_embodied();
EmbodiedHardware desktop_embodied();
/// One data-centre accelerator.
EmbodiedHardware gpu_embodied();
/// kInvalidArgument for negative parts, or parts that come to over 20 t.
Result<EmbodiedHardware> server_embodied(const ServerParts& parts);

/// M: what a run bears that reserves `resource_share` of the hardware (RR / ToR: vCPUs of the
/// machine, GPUs of the node) for `reserved` (TiR).
Result<EmbodiedRange> embodied_share(const EmbodiedHardware& hardware, Seconds reserved,
                                     double resource_share);
/// A virtual machine of `vcpus` on a host of `host_vcpus`.
Result<EmbodiedRange> virtual_machine_share(const EmbodiedHardware& host, Seconds reserved,
                                            int vcpus, int host_vcpus);

}  // namespace wattle::carbon
