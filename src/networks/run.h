// A training of a network from its options to its exit code.
//
// Units:    none. Threads: one, the library's beside it. Lifetime: borrows its arguments.
// Errors:   those of its parts; the caller prints them and exits with their code.
#pragma once

#include <string>

#include "learner.h"
#include "options.h"

#include "wattle/base/result.h"
#include "wattle/training/surroundings.h"

namespace wattle::networks {

/// Threads that pay: every granted core for a large network, fewer for a small one, whose threads
/// would wait for each other more than they work.
int useful_threads(const NetworkOptions& options, std::int64_t operations);

/// Weights of classes so that each counts alike: rows / (classes x rows of the class).
std::vector<float> balanced_weights(std::span<const float> labels, std::size_t classes);

/// What makes a training the same training, as "name=value" lines: data, division, settings.
std::string fingerprint(const NetworkOptions& options, const NetworkData& data,
                        const std::string& library);

/// Trains and writes everything, or only estimates. Returns the exit code: 0, or 128 + the signal
/// that ended the training after a checkpoint.
Result<int> run_network(const NetworkOptions& options, const training::Surroundings& surroundings,
                        Backend& backend);

}  // namespace wattle::networks
