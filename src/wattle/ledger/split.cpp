#include "wattle/ledger/split.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "wattle/base/check.h"

namespace wattle::ledger {
namespace {

double sane(double weight) {
  return std::isfinite(weight) && weight > 0 ? weight : 0;
}

}  // namespace

std::vector<Microjoules> split_exactly(Microjoules total, std::span<const double> weights) {
  WATTLE_CHECK(!weights.empty() && total.value() >= 0,
               "a split needs parts and a whole of at least 0");
  std::vector<Microjoules> parts(weights.size());
  double sum = 0;
  for (const double weight : weights) {
    sum += sane(weight);
  }
  if (sum <= 0 || !std::isfinite(sum)) {
    parts.back() = total;
    return parts;
  }
  std::vector<double> remainders(weights.size());
  std::int64_t left = total.value();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double exact = static_cast<double>(total.value()) * (sane(weights[i]) / sum);
    // Rounding of doubles near 2^53 may overshoot: what is left bounds every part.
    const auto whole =
        std::clamp(static_cast<std::int64_t>(std::floor(exact)), std::int64_t{0}, left);
    parts[i] = Microjoules(whole);
    remainders[i] = exact - static_cast<double>(whole);
    left -= whole;
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; left > 0; i = (i + 1) % order.size()) {
    // More than one round only happens above 2^53 µJ, where a double cannot tell neighbouring
    // integers apart.
    const std::int64_t step =
        std::max<std::int64_t>(1, left / static_cast<std::int64_t>(order.size()));
    parts[order[i]] += Microjoules(step);
    left -= step;
  }
  return parts;
}

}  // namespace wattle::ledger
