// What a library of tensors does for a training: steps, losses, its state as bytes, models. The
// loop, the data and the formats around it know no such library.
//
// Units:    losses: cross-entropy in nats, or the squared error in variances of the target.
// Errors:   the library's words; kInvalidArgument for a device that is not there.
// Threads:  one; the library uses as many as it was told.
// Lifetime: a Learner borrows what it was made from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "architecture.h"
#include "inference.h"
#include "options.h"

#include "wattle/base/result.h"
#include "wattle/training/encoding.h"

namespace wattle::networks {

/// Standardised features with the position of each row's class, or its standardised number.
struct Examples {
  const training::Matrix& features;
  std::span<const float> labels;
};

struct Lesson {
  const Architecture& architecture;
  const LearnOptions& options;
  bool is_classification = true;
  Examples train;
  Examples validation;               // may have no rows
  std::vector<float> class_weights;  // one per class, or none
};

struct Score {
  double loss = 0;
  double accuracy = 0;  // classification
};

class Learner {
 public:
  virtual ~Learner() = default;

  /// Updates the weights by the rows. The result is a function of the state, the arguments and the
  /// number of threads, and of nothing else.
  virtual Status step(std::span<const std::uint32_t> rows, double learning_rate,
                      std::uint64_t seed) = 0;
  /// Mean loss over the rows since the last call.
  virtual Result<double> take_training_loss() = 0;
  /// Of the validation rows.
  virtual Result<Score> validate() = 0;
  virtual Result<Weights> weights() const = 0;
  /// Weights, optimizer and the loss so far: a learner that was restored goes on bit for bit.
  virtual Result<std::string> state() const = 0;
  virtual Status restore(std::string_view state) = 0;
};

/// Where and by what the arithmetic is done: the last digits of a training depend on it.
struct Arithmetic {
  std::string library;  // "libtorch 1.13.0"
  std::string device;   // "cpu", "cuda:0"
  std::string kernels;  // "AVX2, OpenBLAS Cooperlake"
  int threads = 1;

  friend bool operator==(const Arithmetic&, const Arithmetic&) = default;
};
std::string to_string(const Arithmetic& arithmetic);

class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string library() const = 0;
  /// To be called once, before anything else. `device` is auto, cpu, cuda or cuda:N.
  virtual Result<Arithmetic> start(const std::string& device, int threads) = 0;
  virtual Result<std::unique_ptr<Learner>> learn(const Lesson& lesson, const Weights& initial) = 0;
  /// The model in the library's own format, with `description` inside.
  virtual Result<std::string> save(const InferenceModel& model, const std::string& description) = 0;
  /// What a saved model says of raw rows: numbers row after row.
  virtual Result<std::vector<float>> predict(const std::string& saved, const InferenceModel& model,
                                             const training::Matrix& rows) = 0;
};

}  // namespace wattle::networks
