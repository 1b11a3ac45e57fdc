// How well predictions fit what was observed.
//
// Units:    accuracy, F1 and R2 are ratios; log loss in nats; RMSE and MAE in the target's unit.
// Errors:   none. REQUIRES everywhere: at least one row, and as many predictions as rows.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <cstddef>
#include <span>

namespace wattle::training {

struct ClassificationMetrics {
  double accuracy = 0;
  double accuracy_low = 0;  // Wilson score interval, 80 % (Wilson, JASA 22, 1927)
  double accuracy_high = 0;
  double log_loss = 0;  // mean of -ln p of the true class, p no less than kLeastProbability
  double macro_f1 = 0;  // mean of F1 over the classes that occur in labels or predictions
};

inline constexpr double kLeastProbability = 1e-15;

struct RegressionMetrics {
  double rmse = 0;
  double mae = 0;
  double r2 = 0;  // 1 - residual / total sum of squares; 0 when the labels are constant
};

/// `probabilities` holds `classes` numbers per row; labels are class positions. The prediction is
/// the first of the most probable classes.
ClassificationMetrics classification_metrics(std::span<const float> probabilities,
                                             std::size_t classes, std::span<const float> labels);
RegressionMetrics regression_metrics(std::span<const float> predictions,
                                     std::span<const float> labels);

}  // namespace wattle::training
