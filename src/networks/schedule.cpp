#include "schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "wattle/base/rng.h"

namespace wattle::networks {
namespace {

// Streams of one seed that have nothing to do with each other.
constexpr std::uint64_t kOrderStream = 0x9E3779B97F4A7C15;
constexpr std::uint64_t kStepStream = 0xD1B54A32D192ED03;

std::uint64_t mix(std::int64_t seed, std::int64_t number, std::uint64_t stream) {
  Rng first(static_cast<std::uint64_t>(seed) ^ stream);
  return Rng(first() + static_cast<std::uint64_t>(number) * stream)();
}

}  // namespace

std::int64_t steps_per_epoch(std::size_t rows, std::int64_t batch) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(rows) / batch);
}

double learning_rate_at(const LearnOptions& options, std::int64_t step, std::int64_t epoch_steps) {
  const auto steps = static_cast<double>(epoch_steps);
  const double total = static_cast<double>(options.epochs) * steps;
  const double warm_up = std::min(options.warm_up_epochs * steps, total);
  const auto now = static_cast<double>(step);
  if (now < warm_up) {
    return options.learning_rate * (now + 1) / (warm_up + 1);
  }
  if (options.schedule == Schedule::kCosine) {
    const double done = (now - warm_up) / std::max(1.0, total - warm_up);
    return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * done));
  }
  if (options.schedule == Schedule::kStep) {
    const std::int64_t drops = step / epoch_steps / options.step_epochs;
    return options.learning_rate * std::pow(options.step_factor, static_cast<double>(drops));
  }
  return options.learning_rate;
}

std::vector<std::uint32_t> epoch_order(std::size_t rows, std::int64_t seed, std::int64_t epoch) {
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  Rng rng(mix(seed, epoch, kOrderStream));
  for (std::size_t i = rows; i > 1; --i) {
    std::swap(order[i - 1], order[rng.below(i)]);
  }
  return order;
}

std::span<const std::uint32_t> batch_of(std::span<const std::uint32_t> order, std::int64_t step,
                                        std::int64_t epoch_steps) {
  const auto number = static_cast<std::size_t>(step % epoch_steps);
  const auto steps = static_cast<std::size_t>(epoch_steps);
  const std::size_t begin = order.size() * number / steps;
  const std::size_t end = order.size() * (number + 1) / steps;
  return order.subspan(begin, end - begin);
}

std::uint64_t step_seed(std::int64_t seed, std::int64_t step) {
  return mix(seed, step, kStepStream);
}

}  // namespace wattle::networks
