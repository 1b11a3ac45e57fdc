// A network that learns by libtorch: autograd, optimizers, mixed precision.
//
// Units:    as networks/learner.h. Errors: torch's first line, as kInternal.
// Threads:  one; torch's own beside it. Lifetime: the lesson outlives the learner.
#pragma once

#include <memory>
#include <string>

#include "wattle/base/result.h"
#include "wattle/networks/learner.h"

namespace wattle::torch_trainer {

/// `device` as torch names it: "cpu", "cuda:0".
Result<std::unique_ptr<networks::Learner>> make_learner(const networks::Lesson& lesson,
                                                        const networks::Weights& initial,
                                                        const std::string& device);

}  // namespace wattle::torch_trainer
