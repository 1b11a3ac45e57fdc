// Divides the rows of a table into training, validation and test part.
//
// Units:    fractions of all rows. Threads: pure functions. Lifetime: value types.
// Errors:   kInvalidArgument when a part that is needed would be empty.
// The division is a function of the seed, the fractions and the classes: the same on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/rng.h"

namespace wattle::training {

/// Row numbers, each part ascending.
struct Split {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> validation;
  std::vector<std::uint32_t> test;
};

struct SplitFractions {
  double validation = 0.15;
  double test = 0.2;
};

/// `strata` holds a class for every row, or the same value everywhere. Every class keeps its share
/// in each part to within one row, and at least one row in the training part.
Result<Split> split_rows(std::span<const float> strata, SplitFractions fractions, Rng rng);

}  // namespace wattle::training
