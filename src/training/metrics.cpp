#include "metrics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "wattle/base/estimate.h"

namespace wattle::training {
namespace {

struct Counts {
  std::size_t hits = 0;
  std::size_t predicted = 0;
  std::size_t actual = 0;
};

double macro_f1(const std::vector<Counts>& counts) {
  double sum = 0;
  std::size_t classes = 0;
  for (const auto& count : counts) {
    const std::size_t total = count.predicted + count.actual;
    if (total > 0) {
      sum += 2.0 * static_cast<double>(count.hits) / static_cast<double>(total);
      ++classes;
    }
  }
  return sum / static_cast<double>(std::max<std::size_t>(classes, 1));
}

void add_wilson_interval(ClassificationMetrics& metrics, double rows) {
  const double z2 = kIntervalZ * kIntervalZ;
  const double p = metrics.accuracy;
  const double centre = (p + z2 / (2 * rows)) / (1 + z2 / rows);
  const double half =
      kIntervalZ / (1 + z2 / rows) * std::sqrt(p * (1 - p) / rows + z2 / (4 * rows * rows));
  metrics.accuracy_low = std::max(0.0, centre - half);
  metrics.accuracy_high = std::min(1.0, centre + half);
}

}  // namespace

ClassificationMetrics classification_metrics(std::span<const float> probabilities,
                                             std::size_t classes, std::span<const float> labels) {
  std::vector<Counts> counts(classes);
  ClassificationMetrics metrics;
  std::size_t hits = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto of_row = probabilities.subspan(row * classes, classes);
    const auto actual = static_cast<std::size_t>(labels[row]);
    const auto predicted =
        static_cast<std::size_t>(std::ranges::max_element(of_row) - of_row.begin());
    ++counts[actual].actual;
    ++counts[predicted].predicted;
    if (actual == predicted) {
      ++counts[actual].hits;
      ++hits;
    }
    metrics.log_loss -=
        std::log(std::clamp(static_cast<double>(of_row[actual]), kLeastProbability, 1.0));
  }
  const auto rows = static_cast<double>(labels.size());
  metrics.accuracy = static_cast<double>(hits) / rows;
  metrics.log_loss /= rows;
  metrics.macro_f1 = macro_f1(counts);
  add_wilson_interval(metrics, rows);
  return metrics;
}

RegressionMetrics regression_metrics(std::span<const float> predictions,
                                     std::span<const float> labels) {
  const auto rows = static_cast<double>(labels.size());
  double mean = 0;
  for (const float label : labels) {
    mean += static_cast<double>(label) / rows;
  }
  double squares = 0;
  double absolute = 0;
  double total = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const double label = static_cast<double>(labels[row]);
    const double error = static_cast<double>(predictions[row]) - label;
    squares += error * error;
    absolute += std::abs(error);
    total += (label - mean) * (label - mean);
  }
  return {std::sqrt(squares / rows), absolute / rows, total > 0 ? 1 - squares / total : 0};
}

}  // namespace wattle::training
