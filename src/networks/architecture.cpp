#include "architecture.h"

#include <cmath>
#include <cstring>
#include <numeric>

#include "wattle/base/bytes.h"
#include "wattle/base/text.h"

namespace wattle::networks {
namespace {

Error too_large() {
  return {ErrorCode::kInvalidArgument, concat("the network would have more than ", kWeightsLimit,
                                              " weights; take smaller --layers or --channels")};
}

/// Adds layers and follows the shape of what flows through them.
class Designer {
 public:
  Designer(const ModelOptions& options, const Shape& input) : options_(options), shape_(input) {}

  Status add_block(std::int64_t channels) {
    const std::int64_t side = options_.kernel;
    if (options_.pool > shape_.height || options_.pool > shape_.width) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("--pool ", options_.pool, ": after ", blocks_, " blocks the image is ",
                          shape_.height, "x", shape_.width,
                          ", too small; take fewer --channels or a smaller --pool"));
    }
    add({LayerKind::kConvolution, shape_.channels, channels, side});
    weights_ += channels * (shape_.channels * side * side + 1);
    operations_ += channels * shape_.channels * side * side * shape_.height * shape_.width;
    shape_.channels = channels;
    add_norm_and_activation();
    if (options_.pool > 1) {
      add({LayerKind::kPool, channels, channels, options_.pool});
      shape_.height /= options_.pool;
      shape_.width /= options_.pool;
    }
    ++blocks_;
    return weights_ > kWeightsLimit ? too_large() : Status();
  }

  void flatten() {
    add({LayerKind::kFlatten, shape_.size(), shape_.size(), 0});
    shape_ = {shape_.size()};
  }

  Status add_linear(std::int64_t out, bool is_last) {
    add({LayerKind::kLinear, shape_.channels, out, 0});
    weights_ += out * (shape_.channels + 1);
    operations_ += out * shape_.channels;
    shape_.channels = out;
    if (!is_last) {
      add_norm_and_activation();
      if (options_.dropout > 0) {
        add({LayerKind::kDropout, out, out, 0});
      }
    }
    return weights_ > kWeightsLimit ? too_large() : Status();
  }

  std::vector<Layer> layers() && { return std::move(layers_); }
  std::int64_t operations() const { return operations_; }

 private:
  void add(Layer layer) { layers_.push_back(layer); }
  void add_norm_and_activation() {
    if (options_.batch_norm == Switch::kOn) {
      add({LayerKind::kBatchNorm, shape_.channels, shape_.channels, 0});
    }
    add({LayerKind::kActivation, shape_.channels, shape_.channels, 0});
  }

  const ModelOptions& options_;
  Shape shape_;
  std::vector<Layer> layers_;
  std::int64_t weights_ = 0;
  std::int64_t operations_ = 0;
  std::int64_t blocks_ = 0;
};

/// Uniform within +-bound, from one generator so that the order of layers is all that matters.
std::vector<float> draw(std::size_t count, double bound, Rng& rng) {
  std::vector<float> values(count);
  for (auto& value : values) {
    value = static_cast<float>((2 * rng.uniform() - 1) * bound);
  }
  return values;
}

void add_weights(const Layer& layer, std::size_t position, double bound, Rng& rng,
                 Weights& weights) {
  const std::string name = concat("layers.", position, ".");
  const auto out = static_cast<std::size_t>(layer.out);
  std::vector<std::int64_t> shape{layer.out, layer.in};
  if (layer.kind == LayerKind::kConvolution) {
    shape.insert(shape.end(), {layer.side, layer.side});
  }
  const auto size =
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  weights.push_back({name + "weight", shape, draw(static_cast<std::size_t>(size), bound, rng)});
  weights.push_back({name + "bias", {layer.out}, std::vector<float>(out, 0.0F)});
}

void add_batch_norm(const Layer& layer, std::size_t position, Weights& weights) {
  const std::string name = concat("layers.", position, ".");
  const auto size = static_cast<std::size_t>(layer.in);
  weights.push_back({name + "weight", {layer.in}, std::vector<float>(size, 1.0F)});
  weights.push_back({name + "bias", {layer.in}, std::vector<float>(size, 0.0F)});
  weights.push_back({name + "running_mean", {layer.in}, std::vector<float>(size, 0.0F)});
  weights.push_back({name + "running_variance", {layer.in}, std::vector<float>(size, 1.0F)});
}

}  // namespace

bool Weight::is_learnt() const {
  return name.find(".running_") == std::string::npos;
}

Result<Architecture> design(const NetworkOptions& options, const Shape& input,
                            std::int64_t outputs) {
  Designer designer(options.model, input);
  if (options.kind == NetworkKind::kCnn) {
    for (const auto channels : options.model.channels) {
      WATTLE_RETURN_IF_ERROR(designer.add_block(channels));
    }
  }
  if (options.kind == NetworkKind::kCnn || input.size() != input.channels) {
    designer.flatten();
  }
  for (const auto units : options.model.layers) {
    WATTLE_RETURN_IF_ERROR(designer.add_linear(units, false));
  }
  WATTLE_RETURN_IF_ERROR(designer.add_linear(outputs, true));
  const std::int64_t operations = designer.operations();
  return Architecture{input,
                      std::move(designer).layers(),
                      options.model.activation,
                      options.model.dropout,
                      outputs,
                      operations};
}

Weights initial_weights(const Architecture& architecture, Rng rng) {
  Weights weights;
  for (std::size_t i = 0; i < architecture.layers.size(); ++i) {
    const Layer& layer = architecture.layers[i];
    if (layer.kind == LayerKind::kBatchNorm) {
      add_batch_norm(layer, i, weights);
    } else if (layer.kind == LayerKind::kLinear || layer.kind == LayerKind::kConvolution) {
      const double area =
          layer.kind == LayerKind::kConvolution ? static_cast<double>(layer.side * layer.side) : 1;
      const bool is_glorot =
          architecture.activation == Activation::kTanh || i + 1 == architecture.layers.size();
      const auto fan = static_cast<double>(is_glorot ? layer.in + layer.out : layer.in) * area;
      add_weights(layer, i, std::sqrt(6 / fan), rng, weights);
    }
  }
  return weights;
}

std::int64_t count(const Weights& weights) {
  std::int64_t count = 0;
  for (const auto& weight : weights) {
    count += static_cast<std::int64_t>(weight.is_learnt() ? weight.size() : 0);
  }
  return count;
}

std::string encode_weights(const Weights& weights) {
  ByteWriter writer;
  writer.varint(weights.size());
  for (const auto& weight : weights) {
    std::string raw(weight.size() * sizeof(float), '\0');
    std::memcpy(raw.data(), weight.values.data(), raw.size());
    writer.text(weight.name);
    writer.text(raw);
  }
  return writer.bytes();
}

Status decode_weights(std::string_view bytes, Weights& weights) {
  ByteReader reader(bytes);
  bool fits = reader.varint() == weights.size();
  for (auto& weight : weights) {
    const auto name = reader.text();
    const auto raw = reader.text();
    fits = fits && name == weight.name && raw.size() == weight.size() * sizeof(float);
    if (fits) {
      std::memcpy(weight.values.data(), raw.data(), raw.size());
    }
  }
  return fits && reader.ok() && reader.at_end()
             ? Status()
             : Error(ErrorCode::kParse, "the weights are those of another network");
}

}  // namespace wattle::networks
