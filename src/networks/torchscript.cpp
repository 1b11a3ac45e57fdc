#include "torchscript.h"

#include "wattle/base/text.h"

namespace wattle::networks {
namespace {

std::string_view function_of(Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return "relu";
    case Activation::kTanh:
      return "tanh";
    case Activation::kSilu:
      return "silu";
    case Activation::kGelu:
      break;
  }
  return "gelu";
}

std::string pair_of(std::int64_t number) {
  return concat("[", number, ", ", number, "]");
}

std::string line_of(const InferenceModel& model, std::size_t position) {
  const InferenceLayer& layer = model.layers[position];
  const std::string tensors = concat("self.weight_", position, ", self.bias_", position);
  switch (layer.kind) {
    case LayerKind::kLinear:
      return concat("torch.linear(x, ", tensors, ")");
    case LayerKind::kConvolution:
      return concat("torch.conv2d(x, ", tensors, ", [1, 1], ", pair_of(layer.side / 2), ")");
    case LayerKind::kPool:
      return concat("torch.max_pool2d(x, ", pair_of(layer.side), ", ", pair_of(layer.side), ")");
    case LayerKind::kFlatten:
      return "torch.flatten(x, 1)";
    default:
      return concat("torch.", function_of(model.activation), "(x)");
  }
}

}  // namespace

std::vector<NamedTensor> torchscript_tensors(const InferenceModel& model) {
  const std::int64_t channels = model.input.channels;
  const std::vector<std::int64_t> shape = model.is_image
                                              ? std::vector<std::int64_t>{1, channels, 1, 1}
                                              : std::vector<std::int64_t>{1, channels};
  std::vector<NamedTensor> tensors{{"mean", shape, model.standardisation.mean},
                                   {"deviation", shape, model.standardisation.deviation}};
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const InferenceLayer& layer = model.layers[i];
    if (layer.weight.empty()) {
      continue;
    }
    std::vector<std::int64_t> sizes{layer.out, layer.in};
    if (layer.kind == LayerKind::kConvolution) {
      sizes.insert(sizes.end(), {layer.side, layer.side});
    }
    tensors.push_back({concat("weight_", i), sizes, layer.weight});
    tensors.push_back({concat("bias_", i), {layer.out}, layer.bias});
  }
  if (model.classes.empty()) {
    tensors.push_back({"target_mean", {1, 1}, {static_cast<float>(model.target_mean)}});
    tensors.push_back({"target_deviation", {1, 1}, {static_cast<float>(model.target_deviation)}});
  }
  return tensors;
}

std::string torchscript_source(const InferenceModel& model) {
  std::string text = "def forward(self, features):\n";
  const auto add = [&](std::string_view line) { text += concat("    ", line, "\n"); };
  add(model.is_image ? "x = features"
                     : "x = torch.where(torch.isnan(features), self.mean, features)");
  add("x = (x - self.mean) / self.deviation");
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    add(concat("x = ", line_of(model, i)));
  }
  add(model.classes.empty() ? "return x * self.target_deviation + self.target_mean"
                            : "return torch.softmax(x, 1)");
  return text;
}

}  // namespace wattle::networks
