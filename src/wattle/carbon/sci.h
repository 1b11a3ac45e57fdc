// The Software Carbon Intensity score: grams for each functional unit.
//
// Units:    GramsCo2e for each `unit`.
// Errors:   kInvalidArgument when the number of units is not above zero.
// Threads:  pure function. Lifetime: value type.
// Source:   SCI = (E * I + M) / R, SCI 1.1 (ISO/IEC 21031:2024). Offsets and market claims are no
// part.
#pragma once

#include <string>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/carbon/embodied.h"

namespace wattle::carbon {

struct SciScore {
  GramsCo2e low;  // both the interval of the operational grams and the embodied range
  GramsCo2e typical;
  GramsCo2e high;
  std::string unit;  // "run", "1,000 requests"
};

/// `operational` is E * I, `embodied` is M, `units` is R.
Result<SciScore> sci_score(const Estimate<GramsCo2e>& operational, const EmbodiedRange& embodied,
                           double units, std::string unit);

}  // namespace wattle::carbon
