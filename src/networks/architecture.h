// The layers of a network, one after the other, and its weights before the first step.
//
// Units:    none. Threads: pure functions. Lifetime: value types.
// Errors:   kInvalidArgument for an image that the pooling leaves nothing of, or too many weights.
// Source:   initial weights: He et al., ICCV 2015 (ReLU and its kin); Glorot and Bengio, AISTATS
//           2010 (tanh, and the last layer).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data.h"
#include "options.h"

#include "wattle/base/result.h"
#include "wattle/base/rng.h"

namespace wattle::networks {

enum class LayerKind { kLinear, kConvolution, kBatchNorm, kActivation, kPool, kDropout, kFlatten };

struct Layer {
  LayerKind kind = LayerKind::kFlatten;
  std::int64_t in = 0;    // features or channels
  std::int64_t out = 0;   // of kLinear and kConvolution
  std::int64_t side = 0;  // of a kernel or of what is pooled
};

struct Architecture {
  Shape input;
  std::vector<Layer> layers;
  Activation activation = Activation::kRelu;
  double dropout = 0;
  std::int64_t outputs = 1;
  /// Multiplications for one row, forward.
  std::int64_t operations = 0;
};

/// Weights that are learnt, and the running figures of batch norm, which are counted.
struct Weight {
  std::string name;  // "layers.0.weight", "layers.1.running_mean"
  std::vector<std::int64_t> shape;
  std::vector<float> values;

  bool is_learnt() const;
  std::size_t size() const { return values.size(); }
};
using Weights = std::vector<Weight>;

inline constexpr std::int64_t kWeightsLimit = 500'000'000;
inline constexpr double kBatchNormEpsilon = 1e-5;

/// A convolution keeps height and width (its kernel is odd, its padding half of it).
Result<Architecture> design(const NetworkOptions& options, const Shape& input,
                            std::int64_t outputs);

/// The same on every machine for a seed.
Weights initial_weights(const Architecture& architecture, Rng rng);
std::int64_t count(const Weights& weights);

std::string encode_weights(const Weights& weights);
/// Replaces the values of `weights`; kParse when the bytes are of another network.
Status decode_weights(std::string_view bytes, Weights& weights);

}  // namespace wattle::networks
