#include "wattle/carbon/sci.h"

#include <cmath>

#include "wattle/base/text.h"
#include "wattle/carbon/number_text.h"

namespace wattle::carbon {

Result<SciScore> sci_score(const Estimate<GramsCo2e>& operational, const EmbodiedRange& embodied,
                           double units, std::string unit) {
  if (!(units > 0) || !std::isfinite(units)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("an SCI score per ", unit, " needs a number above 0 of them, not ",
                        number_text(units)));
  }
  return SciScore{(operational.low() + embodied.min) / units,
                  (operational.value() + embodied.typical) / units,
                  (operational.high() + embodied.max) / units, std::move(unit)};
}

}  // namespace wattle::carbon
