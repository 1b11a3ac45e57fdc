// What a training will take, measured on its first steps: for the prediction of `wattle run`.
//
// Units:    seconds, also of CPU time. Threads: one, the library's beside it.
// Errors:   the learner's. Lifetime: borrows its arguments.
#pragma once

#include <string>

#include "learner.h"
#include "loop.h"

#include "wattle/base/result.h"
#include "wattle/training/surroundings.h"

namespace wattle::networks {

/// Wall and CPU time, of a span or since an instant.
struct Effort {
  Seconds wall;
  Seconds cpu;
};

/// Takes at most a twentieth of the steps (at least two) and two seconds, validates once, and
/// returns {"cpu_seconds":{"value","low","high"},"seconds":{...},"threads":n,"basis":"..."}.
/// `prepared` is what the library and the data took; the training pays it again.
Result<std::string> forecast(const Plan& plan, const training::Surroundings& surroundings,
                             const Effort& prepared, int threads, Learner& learner);

}  // namespace wattle::networks
