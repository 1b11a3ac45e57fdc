#include "young_interval.h"

#include <algorithm>
#include <cmath>

namespace wattle::supervise {

Seconds young_interval(Seconds cost, Seconds mean_time_between_interruptions) {
  const double product =
      2 * std::max(cost.value(), 0.0) * std::max(mean_time_between_interruptions.value(), 0.0);
  return Seconds(std::clamp(std::sqrt(product), kLeastInterval.value(), kMostInterval.value()));
}

}  // namespace wattle::supervise
