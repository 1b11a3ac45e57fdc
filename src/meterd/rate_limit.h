// At most so many a second: a bucket of tokens that time refills.
//
// Units:    events per second. Errors: none. Threads: one. Lifetime: a value type.
#pragma once

#include <algorithm>

#include "wattle/base/time.h"

namespace wattle::meterd {

class RateLimit {
 public:
  RateLimit(double per_second, BootTime now)
      : per_second_(per_second), tokens_(per_second), last_(now) {}

  /// True when one more is within the rate; takes it.
  bool take(BootTime now) {
    tokens_ = std::min(per_second_, tokens_ + (now - last_).value() * per_second_);
    last_ = now;
    if (tokens_ < 1) {
      return false;
    }
    tokens_ -= 1;
    return true;
  }

 private:
  double per_second_;
  double tokens_;
  BootTime last_;
};

}  // namespace wattle::meterd
