// How long to go on between two checkpoints so that making them and losing work cost least in all.
//
// Units:    Seconds. Errors: none; impossible arguments are clamped. Threads: a pure function.
// Lifetime: none.
// See:      J. W. Young, 1974, "A first order approximation to the optimum checkpoint interval",
//           Communications of the ACM 17(9): T = sqrt(2 C M)
#pragma once

#include "wattle/base/units.h"

namespace wattle::supervise {

inline constexpr Seconds kLeastInterval{10};
inline constexpr Seconds kMostInterval{86'400};
/// Of a checkpoint, before one was measured.
inline constexpr Seconds kAssumedCost{1};

/// Between kLeastInterval and kMostInterval.
Seconds young_interval(Seconds cost, Seconds mean_time_between_interruptions);

}  // namespace wattle::supervise
