// What a step of the training is: its learning rate, its rows, its seed. Each is a function of the
// step's number and nothing else, so that a resumed training needs no state for them.
//
// Units:    steps, epochs, rows. Threads: pure functions. Lifetime: value types. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "options.h"

namespace wattle::networks {

/// The steps of one epoch: batches of nearly equal size, none smaller than asked for unless all
/// rows are fewer.
std::int64_t steps_per_epoch(std::size_t rows, std::int64_t batch);

/// Constant, by steps, or half a cosine wave down to 0; after a linear warm-up.
double learning_rate_at(const LearnOptions& options, std::int64_t step, std::int64_t epoch_steps);

/// Rows in the order in which an epoch takes them.
std::vector<std::uint32_t> epoch_order(std::size_t rows, std::int64_t seed, std::int64_t epoch);
std::span<const std::uint32_t> batch_of(std::span<const std::uint32_t> order, std::int64_t step,
                                        std::int64_t epoch_steps);

/// For what a step draws: dropout.
std::uint64_t step_seed(std::int64_t seed, std::int64_t step);

}  // namespace wattle::networks
