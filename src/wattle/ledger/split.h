// Exact division of whole microjoules: the parts always add up to the whole.
//
// Units:    Microjoules; weights of any one unit.
// Errors:   none: negative and non-finite weights count as zero.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <span>
#include <vector>

#include "wattle/base/units.h"

namespace wattle::ledger {

/// `total` in proportion to `weights` by largest remainder (Hamilton's method); a tie goes to the
/// lower index. When all weights are zero the last part takes everything. REQUIRES: at least one
/// weight, total >= 0.
std::vector<Microjoules> split_exactly(Microjoules total, std::span<const double> weights);

}  // namespace wattle::ledger
