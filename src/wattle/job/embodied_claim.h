// The part of the making of the hardware that a run bears, from what the host says about itself.
//
// Units:    as carbon/embodied.h. Errors: none: an unknown host is taken as a typical server.
// Threads:  pure function. Lifetime: value types.
#pragma once

#include <vector>

#include "wattle/base/units.h"
#include "wattle/carbon/carbon_report.h"
#include "wattle/hardware/host.h"

namespace wattle::job {

/// What of the host a run held, and for how long.
struct HostShare {
  Seconds wall;
  double cpu_share =
      1;         // CPUs reserved over CPUs of the host, or CPU time used over CPU time there was
  int gpus = 0;  // that its processes used
};

/// A virtual machine bears its share of a host of kAssumedHostCpus logical CPUs.
std::vector<carbon::EmbodiedClaim> embodied_claims(const hardware::HostDescription& host,
                                                   const HostShare& share);

/// Providers do not say how large the host of a virtual machine is: a server of two sockets of
/// today.
inline constexpr int kAssumedHostCpus = 96;

}  // namespace wattle::job
