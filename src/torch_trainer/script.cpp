// TorchScript: models are saved, loaded and asked here.
#include <cstring>
#include <sstream>

#include "guard.h"
#include "torch_backend.h"
#include <torch/script.h>

#include "wattle/networks/torchscript.h"

namespace wattle::torch_trainer {
namespace {

constexpr std::int64_t kRowsAtOnce = 1'024;
constexpr const char* kDescription = "wattle.json";

}  // namespace

Result<std::string> TorchBackend::save(const networks::InferenceModel& model,
                                       const std::string& description) {
  return guarded("writing TorchScript", [&]() -> Result<std::string> {
    torch::jit::Module module("Network");
    module.register_attribute("training", c10::BoolType::get(), false);
    for (const auto& tensor : networks::torchscript_tensors(model)) {
      at::Tensor values = at::empty(tensor.shape, at::kFloat);
      std::memcpy(values.data_ptr<float>(), tensor.values.data(),
                  tensor.values.size() * sizeof(float));
      module.register_buffer(tensor.name, values);
    }
    module.define(networks::torchscript_source(model));
    std::ostringstream bytes;
    module.save(bytes, {{kDescription, description}});
    return bytes.str();
  });
}

Result<std::vector<float>> TorchBackend::predict(const std::string& saved,
                                                 const networks::InferenceModel& model,
                                                 const training::Matrix& rows) {
  return guarded("predicting", [&]() -> Result<std::vector<float>> {
    const at::NoGradGuard guard;
    torch::jit::setGraphExecutorOptimize(false);  // it would take longer than the predictions
    std::istringstream bytes(saved);
    torch::jit::Module module = torch::jit::load(bytes);
    const networks::Shape& shape = model.input;
    std::vector<float> predictions;
    const auto count = static_cast<std::int64_t>(rows.rows);
    for (std::int64_t begin = 0; begin < count; begin += kRowsAtOnce) {
      const std::int64_t size = std::min(kRowsAtOnce, count - begin);
      std::vector<std::int64_t> sizes{size, shape.channels};
      if (model.is_image) {
        sizes.insert(sizes.end(), {shape.height, shape.width});
      }
      // from_blob wants to be able to write; nobody does.
      auto* const first = const_cast<float*>(rows.values.data()) + begin * shape.size();
      const at::Tensor output =
          module.forward({at::from_blob(first, sizes, at::kFloat)}).toTensor().contiguous();
      predictions.insert(predictions.end(), output.data_ptr<float>(),
                         output.data_ptr<float>() + output.numel());
    }
    return predictions;
  });
}

}  // namespace wattle::torch_trainer
