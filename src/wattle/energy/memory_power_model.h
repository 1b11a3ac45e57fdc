// Power of a machine's memory from its size, for hosts without a counter for it.
//
// Units:    Watts; bytes installed, or granted to this virtual machine or container. Refresh, which
//           is most of it, does not depend on how much of the memory is in use.
// Errors:   none; a size of zero or less is zero watts.
// Threads:  pure. Lifetime: none.
#pragma once

#include "wattle/base/estimate.h"
#include "wattle/base/units.h"

namespace wattle::energy {

/// From the granted bytes alone: the number and kind of modules of a host are not to be guessed
/// from inside a virtual machine. Source: published factors, 0.3725 W/GB (Green Algorithms) and
/// 0.392 W/GB (Cloud Carbon Footprint); their mean, with a relative standard deviation of 50 %,
/// since modules differ from 0.1 W/GB (64 GB, DDR5) to 0.7 W/GB (8 GB, DDR4).
/// The correlated cause of its errors is "memory-model".
Estimate<Watts> modelled_memory_power(Bytes granted);

}  // namespace wattle::energy
