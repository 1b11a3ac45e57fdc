#include "inference.h"

#include <cmath>

#include "wattle/base/check.h"
#include "wattle/base/text.h"

namespace wattle::networks {
namespace {

const std::vector<float>& values_of(const Weights& weights, std::size_t layer,
                                    std::string_view name) {
  const std::string full = concat("layers.", layer, ".", name);
  for (const auto& weight : weights) {
    if (weight.name == full) {
      return weight.values;
    }
  }
  WATTLE_CHECK(false, full);
  return weights.front().values;
}

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift of every output of the layer before.
void fold_batch_norm(const Weights& weights, std::size_t norm, InferenceLayer& into) {
  const auto& scale = values_of(weights, norm, "weight");
  const auto& shift = values_of(weights, norm, "bias");
  const auto& mean = values_of(weights, norm, "running_mean");
  const auto& variance = values_of(weights, norm, "running_variance");
  const std::size_t width = into.weight.size() / into.bias.size();
  for (std::size_t i = 0; i < into.bias.size(); ++i) {
    const double factor = static_cast<double>(scale[i]) /
                          std::sqrt(static_cast<double>(variance[i]) + kBatchNormEpsilon);
    into.bias[i] = static_cast<float>(
        (static_cast<double>(into.bias[i]) - static_cast<double>(mean[i])) * factor +
        static_cast<double>(shift[i]));
    for (std::size_t k = i * width; k < (i + 1) * width; ++k) {
      into.weight[k] = static_cast<float>(static_cast<double>(into.weight[k]) * factor);
    }
  }
}

}  // namespace

InferenceModel inference_model(const Architecture& architecture, const Weights& weights,
                               const NetworkData& data) {
  InferenceModel model;
  model.input = architecture.input;
  model.is_image = data.is_image;
  model.standardisation = data.standardisation;
  model.activation = architecture.activation;
  model.classes = data.parts.classes;
  model.target_mean = data.target_mean;
  model.target_deviation = data.target_deviation;
  for (std::size_t i = 0; i < architecture.layers.size(); ++i) {
    const Layer& layer = architecture.layers[i];
    if (layer.kind == LayerKind::kDropout) {
      continue;
    }
    if (layer.kind == LayerKind::kBatchNorm) {
      fold_batch_norm(weights, i, model.layers.back());
      continue;
    }
    model.layers.push_back({layer.kind, layer.in, layer.out, layer.side, {}, {}});
    if (layer.kind == LayerKind::kLinear || layer.kind == LayerKind::kConvolution) {
      model.layers.back().weight = values_of(weights, i, "weight");
      model.layers.back().bias = values_of(weights, i, "bias");
    }
  }
  return model;
}

std::string_view output_name(const InferenceModel& model) {
  return model.classes.empty() ? "prediction" : "probabilities";
}

}  // namespace wattle::networks
