// A finished network as it is used: raw rows in, probabilities or numbers out. Dropout is gone and
// batch norm is folded into the layer before it, so every prediction costs less than in training.
//
// Units:    the user's, in and out. Errors: none. Threads: pure functions. Lifetime: value types.
#pragma once

#include <string>
#include <vector>

#include "architecture.h"
#include "data.h"

namespace wattle::networks {

struct InferenceLayer {
  LayerKind kind = LayerKind::kFlatten;  // no kBatchNorm, no kDropout
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t side = 0;
  std::vector<float> weight;  // out rows of in numbers, or out kernels of in x side x side
  std::vector<float> bias;
};

struct InferenceModel {
  Shape input;
  bool is_image = false;  // else rows of features, among which numbers may be missing (NaN)
  Standardisation standardisation;
  std::vector<InferenceLayer> layers;
  Activation activation = Activation::kRelu;
  std::vector<std::string> classes;  // empty: regression
  double target_mean = 0;
  double target_deviation = 1;

  std::int64_t outputs() const { return layers.back().out; }
};

/// REQUIRES: the weights are those of the architecture.
InferenceModel inference_model(const Architecture& architecture, const Weights& weights,
                               const NetworkData& data);

/// The name of the result: "probabilities" or "prediction".
std::string_view output_name(const InferenceModel& model);

}  // namespace wattle::networks
