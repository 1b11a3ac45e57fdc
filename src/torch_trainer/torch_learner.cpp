#include "torch_learner.h"

#include <sstream>

#include "guard.h"
#include "network.h"
#include <ATen/autocast_mode.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include "wattle/base/bytes.h"

namespace wattle::torch_trainer {
namespace {

using networks::LearnOptions;
using networks::Score;

constexpr std::int64_t kValidationRows = 1'024;  // at once

/// bf16 for what gains from it (linear, convolution) while it lives; the weights stay fp32.
class MixedPrecision {
 public:
  MixedPrecision(networks::Precision precision, const at::Device& device)
      : is_on_(precision == networks::Precision::kBf16), is_cuda_(device.is_cuda()) {
    if (is_on_) {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
      set(true);
    }
  }
  ~MixedPrecision() {
    if (is_on_) {
      set(false);
      at::autocast::clear_cache();  // copies of weights that the step is about to change
    }
  }
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  void set(bool on) const {
    if (is_cuda_) {
      at::autocast::set_enabled(on);
    } else {
      at::autocast::set_cpu_enabled(on);
    }
  }
  bool is_on_;
  bool is_cuda_;
};

/// The examples on the device; without a copy where they are there already.
struct Rows {
  at::Tensor features;
  at::Tensor labels;
};

Rows to_device(const networks::Examples& examples, const networks::Lesson& lesson,
               const at::Device& device) {
  const networks::Shape& shape = lesson.architecture.input;
  const auto rows = static_cast<std::int64_t>(examples.features.rows);
  std::vector<std::int64_t> sizes{rows, shape.channels};
  if (shape.size() != shape.channels) {
    sizes.insert(sizes.end(), {shape.height, shape.width});
  }
  // from_blob wants to be able to write; nobody does.
  auto* const numbers = const_cast<float*>(examples.features.values.data());
  auto* const labels = const_cast<float*>(examples.labels.data());
  at::Tensor label_tensor = at::from_blob(labels, {rows}, at::kFloat);
  if (lesson.is_classification) {
    label_tensor = label_tensor.to(at::kLong);
  }
  return {at::from_blob(numbers, sizes, at::kFloat).to(device), label_tensor.to(device)};
}

template <typename Options>
std::vector<torch::optim::OptimizerParamGroup> groups_of(const Network& network,
                                                         const Options& options) {
  auto plain = options;
  plain.weight_decay(0);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(network.decaying(), std::make_unique<Options>(options));
  groups.emplace_back(network.others(), std::make_unique<Options>(plain));
  return groups;
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const Network& network,
                                                        const LearnOptions& options) {
  if (options.optimizer == networks::Optimizer::kSgd) {
    torch::optim::SGDOptions sgd(options.learning_rate);
    sgd.momentum(options.momentum)
        .nesterov(options.nesterov == networks::Switch::kOn)
        .weight_decay(options.weight_decay);
    return std::make_unique<torch::optim::SGD>(groups_of(network, sgd), sgd);
  }
  torch::optim::AdamWOptions adamw(options.learning_rate);
  adamw.weight_decay(options.weight_decay);
  return std::make_unique<torch::optim::AdamW>(groups_of(network, adamw), adamw);
}

class TorchLearner final : public networks::Learner {
 public:
  TorchLearner(const networks::Lesson& lesson, const networks::Weights& initial,
               const at::Device& device)
      : lesson_(lesson),
        device_(device),
        network_(lesson.architecture, initial, device),
        optimizer_(make_optimizer(network_, lesson.options)),
        train_(to_device(lesson.train, lesson, device)),
        validation_(to_device(lesson.validation, lesson, device)) {
    for (const auto& tensors : {network_.decaying(), network_.others()}) {
      learnt_.insert(learnt_.end(), tensors.begin(), tensors.end());
    }
    if (!lesson.class_weights.empty()) {
      class_weights_ = at::tensor(lesson.class_weights, at::kFloat).to(device);
    }
    forget_loss();
  }

  Status step(std::span<const std::uint32_t> rows, double learning_rate,
              std::uint64_t seed) override {
    return guarded("in a step", [&]() -> Status {
      if (lesson_.architecture.dropout > 0) {
        at::manual_seed(seed);
      }
      std::vector<std::int64_t> numbers(rows.begin(), rows.end());
      const at::Tensor index = at::tensor(numbers, at::kLong).to(device_);
      const at::Tensor loss =
          loss_of(train_.features.index_select(0, index), train_.labels.index_select(0, index));
      loss.backward();
      if (lesson_.options.clip > 0) {
        clip_gradients(lesson_.options.clip);
      }
      set_learning_rate(learning_rate);
      optimizer_->step();
      optimizer_->zero_grad();
      loss_sum_ += loss.detach().to(at::kDouble) * static_cast<double>(rows.size());
      loss_rows_ += static_cast<std::int64_t>(rows.size());
      return {};
    });
  }

  Result<double> take_training_loss() override {
    return guarded("reading the loss", [&]() -> Result<double> {
      const double loss =
          loss_sum_.item<double>() / static_cast<double>(std::max<std::int64_t>(loss_rows_, 1));
      forget_loss();
      return loss;
    });
  }

  Result<Score> validate() override {
    return guarded("validating", [&]() -> Result<Score> {
      const at::NoGradGuard guard;
      const std::int64_t rows = validation_.labels.size(0);
      double loss = 0;
      std::int64_t hits = 0;
      for (std::int64_t begin = 0; begin < rows; begin += kValidationRows) {
        const std::int64_t size = std::min(kValidationRows, rows - begin);
        const at::Tensor labels = validation_.labels.narrow(0, begin, size);
        const at::Tensor output =
            forward(validation_.features.narrow(0, begin, size), Mode::kPredicting);
        loss += plain_loss(output, labels).item<double>() * static_cast<double>(size);
        if (lesson_.is_classification) {
          hits += output.argmax(1).eq(labels).sum().item<std::int64_t>();
        }
      }
      const auto all = static_cast<double>(rows);
      return Score{loss / all, static_cast<double>(hits) / all};
    });
  }

  Result<networks::Weights> weights() const override {
    return guarded("reading the weights",
                   [&]() -> Result<networks::Weights> { return network_.weights(); });
  }

  Result<std::string> state() const override {
    return guarded("saving its state", [&]() -> Result<std::string> {
      std::ostringstream optimizer;
      torch::save(*optimizer_, optimizer);
      ByteWriter writer;
      writer.text(networks::encode_weights(network_.weights()));
      writer.text(optimizer.str());
      writer.f64(loss_sum_.item<double>());
      writer.i64(loss_rows_);
      return writer.bytes();
    });
  }

  Status restore(std::string_view state) override {
    return guarded("restoring its state", [&]() -> Status {
      ByteReader reader(state);
      const std::string_view weights = reader.text();
      std::istringstream optimizer{std::string(reader.text())};
      const double loss_sum = reader.f64();
      loss_rows_ = reader.i64();
      if (!reader.ok() || !reader.at_end()) {
        return Error(ErrorCode::kParse, "the learner's state in the checkpoint cannot be read");
      }
      networks::Weights values = network_.weights();
      WATTLE_RETURN_IF_ERROR(networks::decode_weights(weights, values));
      network_.assign(values);
      torch::load(*optimizer_, optimizer);
      loss_sum_ = at::full({}, loss_sum, at::TensorOptions(at::kDouble).device(device_));
      return {};
    });
  }

 private:
  void forget_loss() {
    loss_sum_ = at::zeros({}, at::TensorOptions(at::kDouble).device(device_));
    loss_rows_ = 0;
  }

  /// Scales all gradients so that their common norm is at most `most`; on the device, without
  /// waiting for the number.
  void clip_gradients(double most) {
    const at::NoGradGuard guard;
    std::vector<at::Tensor> norms;
    for (const auto& tensor : learnt_) {
      norms.push_back(tensor.grad().norm());
    }
    const at::Tensor factor = (most / (at::stack(norms).norm() + 1e-6)).clamp_max(1.0);
    for (const auto& tensor : learnt_) {
      tensor.grad().mul_(factor);
    }
  }

  void set_learning_rate(double rate) {
    for (auto& group : optimizer_->param_groups()) {
      group.options().set_lr(rate);
    }
  }

  /// In fp32 whatever the layers were computed in.
  at::Tensor forward(const at::Tensor& rows, Mode mode) {
    const MixedPrecision precision(lesson_.options.precision, device_);
    return network_.forward(rows, mode).to(at::kFloat);
  }

  at::Tensor plain_loss(const at::Tensor& output, const at::Tensor& labels) const {
    return lesson_.is_classification ? at::cross_entropy_loss(output, labels)
                                     : at::mse_loss(output.squeeze(1), labels);
  }

  at::Tensor loss_of(const at::Tensor& rows, const at::Tensor& labels) {
    const at::Tensor output = forward(rows, Mode::kLearning);
    return class_weights_.defined() ? at::cross_entropy_loss(output, labels, class_weights_)
                                    : plain_loss(output, labels);
  }

  const networks::Lesson& lesson_;
  const at::Device device_;
  Network network_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  Rows train_;
  Rows validation_;
  std::vector<at::Tensor> learnt_;
  at::Tensor class_weights_;
  at::Tensor loss_sum_;
  std::int64_t loss_rows_ = 0;
};

}  // namespace

Result<std::unique_ptr<networks::Learner>> make_learner(const networks::Lesson& lesson,
                                                        const networks::Weights& initial,
                                                        const std::string& device) {
  return guarded("preparing a network", [&]() -> Result<std::unique_ptr<networks::Learner>> {
    return std::unique_ptr<networks::Learner>(
        std::make_unique<TorchLearner>(lesson, initial, at::Device(device)));
  });
}

}  // namespace wattle::torch_trainer
