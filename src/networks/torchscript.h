// The text of a finished network's `forward` in TorchScript, and the tensors that it names.
//
// Units:    the user's, in and out. Errors: none. Threads: pure functions. Lifetime: value types.
#pragma once

#include <string>
#include <vector>

#include "inference.h"

namespace wattle::networks {

struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Attributes of the module, in the order in which `forward` uses them.
std::vector<NamedTensor> torchscript_tensors(const InferenceModel& model);
/// "def forward(self, features):" and its body.
std::string torchscript_source(const InferenceModel& model);

}  // namespace wattle::networks
