// What a training will take, measured on its first rounds: for the prediction of `wattle run`.
//
// Units:    seconds, also of CPU time. Threads: one, XGBoost's own beside it.
// Errors:   XGBoost's. Lifetime: borrows its arguments.
#pragma once

#include <string>

#include "boosting.h"

#include "wattle/base/result.h"
#include "wattle/training/surroundings.h"

namespace wattle::trainer {

/// Wall and CPU time, of a span or since an instant.
struct Effort {
  Seconds wall;
  Seconds cpu;
};

/// Boosts at most a twentieth of the rounds (at least two) and at most two seconds, and returns
/// {"cpu_seconds":{"value","low","high"},"seconds":{...},"threads":n,"basis":"..."}.
/// `prepared` is what reading and copying the data took; the training pays it again.
Result<std::string> forecast(const TreesOptions& options,
                             const training::Surroundings& surroundings, const Effort& prepared,
                             int threads, Booster booster);

}  // namespace wattle::trainer
