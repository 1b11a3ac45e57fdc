#include "network.h"

#include <cstring>

namespace wattle::torch_trainer {
namespace {

using networks::Activation;
using networks::LayerKind;

constexpr double kBatchNormMomentum = 0.1;  // share of the newest batch in the running figures

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::kRelu:
      return at::relu(x);
    case Activation::kTanh:
      return at::tanh(x);
    case Activation::kSilu:
      return at::silu(x);
    case Activation::kGelu:
      break;
  }
  return at::gelu(x);
}

at::Tensor to_tensor(const networks::Weight& weight) {
  at::Tensor tensor = at::empty(weight.shape, at::kFloat);
  std::memcpy(tensor.data_ptr<float>(), weight.values.data(), weight.size() * sizeof(float));
  return tensor;
}

}  // namespace

Network::Network(const networks::Architecture& architecture, const networks::Weights& weights,
                 at::Device device)
    : architecture_(architecture), shapes_(weights) {
  std::size_t next = 0;
  for (const auto& layer : architecture.layers) {
    first_.push_back(next);
    if (layer.kind == LayerKind::kBatchNorm) {
      next += 4;
    } else if (layer.kind == LayerKind::kLinear || layer.kind == LayerKind::kConvolution) {
      next += 2;
    }
  }
  for (auto& weight : shapes_) {
    tensors_.push_back(to_tensor(weight).to(device).set_requires_grad(weight.is_learnt()));
    weight.values.clear();
  }
}

at::Tensor Network::run_layer(std::size_t position, at::Tensor x, Mode mode) {
  const networks::Layer& layer = architecture_.layers[position];
  const bool is_learning = mode == Mode::kLearning;
  const auto tensor = [&](std::size_t i) -> const at::Tensor& {
    return tensors_[first_[position] + i];
  };
  switch (layer.kind) {
    case LayerKind::kLinear:
      return at::linear(x, tensor(0), tensor(1));
    case LayerKind::kConvolution:
      return at::conv2d(x, tensor(0), tensor(1), 1, layer.side / 2);
    case LayerKind::kBatchNorm:
      // In fp32 also where the layers around it are not.
      return at::batch_norm(x.to(at::kFloat), tensor(0), tensor(1), tensor(2), tensor(3),
                            is_learning, kBatchNormMomentum, networks::kBatchNormEpsilon,
                            at::globalContext().userEnabledCuDNN());
    case LayerKind::kActivation:
      return activate(architecture_.activation, x);
    case LayerKind::kPool:
      return at::max_pool2d(x, layer.side, layer.side);
    case LayerKind::kDropout:
      return at::dropout(x, architecture_.dropout, is_learning);
    case LayerKind::kFlatten:
      break;
  }
  return at::flatten(x, 1);
}

at::Tensor Network::forward(const at::Tensor& rows, Mode mode) {
  at::Tensor x = rows;
  for (std::size_t i = 0; i < architecture_.layers.size(); ++i) {
    x = run_layer(i, std::move(x), mode);
  }
  return x;
}

std::vector<at::Tensor> Network::decaying() const {
  std::vector<at::Tensor> result;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (shapes_[i].is_learnt() && tensors_[i].dim() > 1) {
      result.push_back(tensors_[i]);
    }
  }
  return result;
}

std::vector<at::Tensor> Network::others() const {
  std::vector<at::Tensor> result;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (shapes_[i].is_learnt() && tensors_[i].dim() == 1) {
      result.push_back(tensors_[i]);
    }
  }
  return result;
}

networks::Weights Network::weights() const {
  networks::Weights result = shapes_;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const at::Tensor host = tensors_[i].detach().to(at::kCPU).contiguous();
    const auto* const first = host.data_ptr<float>();
    result[i].values.assign(first, first + host.numel());
  }
  return result;
}

void Network::assign(const networks::Weights& weights) {
  const at::NoGradGuard guard;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    tensors_[i].copy_(to_tensor(weights[i]));
  }
}

}  // namespace wattle::torch_trainer
