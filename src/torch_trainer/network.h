// A network's tensors and what flows through them. Includes torch: for the sources of this folder.
//
// Units:    none. Errors: torch's exceptions, which guard.h makes Results of.
// Threads:  one; torch's own beside it. Lifetime: borrows its architecture.
#pragma once

#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "wattle/networks/architecture.h"

namespace wattle::torch_trainer {

enum class Mode { kLearning, kPredicting };

class Network {
 public:
  Network(const networks::Architecture& architecture, const networks::Weights& weights,
          at::Device device);

  /// Logits or standardised predictions for rows of standardised features.
  at::Tensor forward(const at::Tensor& rows, Mode mode);
  /// Tensors with gradients: those that weight decay pulls (matrices and kernels), and the others.
  std::vector<at::Tensor> decaying() const;
  std::vector<at::Tensor> others() const;

  networks::Weights weights() const;
  /// REQUIRES: the weights of the same architecture.
  void assign(const networks::Weights& weights);

 private:
  at::Tensor run_layer(std::size_t position, at::Tensor x, Mode mode);

  const networks::Architecture& architecture_;
  networks::Weights shapes_;         // names and shapes; values are the tensors'
  std::vector<at::Tensor> tensors_;  // in the order of shapes_
  std::vector<std::size_t> first_;   // of a layer's tensors, by its position
};

}  // namespace wattle::torch_trainer
