// `wattle-train trees` from its options to its exit code.
//
// Units:    none. Threads: one, before any other exists. Lifetime: borrows its arguments.
// Errors:   those of its parts; the caller prints them and exits with their code.
#pragma once

#include "options.h"

#include "wattle/base/result.h"
#include "wattle/training/surroundings.h"

namespace wattle::trainer {

/// Trains and writes everything, or only estimates. Returns the exit code: 0, or 128 + the signal
/// that ended the training after a checkpoint.
Result<int> run_trees(const TreesOptions& options, const training::Surroundings& surroundings);

}  // namespace wattle::trainer
