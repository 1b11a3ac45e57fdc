// A figure as it is told: value, interval, quality. Its unit stands in the key under which it is
// told.
//
// Units:    the key's. Interval: 80 %. Errors: none. Threads: value type. Lifetime: value type.
#pragma once

#include "wattle/base/estimate.h"

namespace wattle::messages {

struct Figure {
  double value = 0;
  double low = 0;
  double high = 0;
  Quality quality = Quality::kModelled;

  Figure() = default;
  Figure(double the_value, double the_low, double the_high, Quality the_quality)
      : value(the_value), low(the_low), high(the_high), quality(the_quality) {}
  template <typename Q>
  explicit Figure(const Estimate<Q>& estimate)
      : Figure(estimate.value().value(), estimate.low().value(), estimate.high().value(),
               estimate.quality()) {}

  bool operator==(const Figure&) const = default;
};

}  // namespace wattle::messages
