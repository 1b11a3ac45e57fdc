// What the user asked of `wattle-train mlp` or `cnn`, with its defaults.
//
// Units:    fractions of 1; steps are updates of the weights, epochs are passes over the rows.
// Errors:   none here; command_line.h checks every range.
// Threads:  value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wattle/training/options.h"

namespace wattle::networks {

// The order of enumerators is that of their words in command_line.cpp.
enum class NetworkKind { kMlp, kCnn };
enum class Activation { kRelu, kGelu, kTanh, kSilu };
enum class Precision { kFp32, kBf16 };
enum class Optimizer { kAdamW, kSgd };
enum class Schedule { kConstant, kStep, kCosine };
enum class ClassWeights { kNone, kBalanced };
enum class ChannelOrder { kFirst, kLast };
enum class Switch { kOff, kOn };

/// Where the numbers are, beside training::DataOptions.
struct ArrayOptions {
  std::string labels;                                 // NPY or IDX, for data that are one of these
  std::string test_labels;                            // for a test file
  std::string image;                                  // "1x8x8": the rows of a table are images
  ChannelOrder channel_order = ChannelOrder::kFirst;  // of four-dimensional NPY data
};

struct ModelOptions {
  std::vector<std::int64_t> layers{128};       // units of the hidden layers
  std::vector<std::int64_t> channels{16, 32};  // of the convolutions
  std::int64_t kernel = 3;
  std::int64_t pool = 2;  // 1: none
  Activation activation = Activation::kGelu;
  double dropout = 0.2;  // of what a hidden layer says
  Switch batch_norm = Switch::kOff;
};

struct LearnOptions {
  std::int64_t epochs = 100;
  std::int64_t batch = 64;
  Optimizer optimizer = Optimizer::kAdamW;
  double learning_rate = 0.002;
  double momentum = 0.9;  // SGD
  Switch nesterov = Switch::kOff;
  double weight_decay = 0.01;
  Schedule schedule = Schedule::kCosine;
  double warm_up_epochs = 1;
  std::int64_t step_epochs = 30;     // schedule step: so often the rate is multiplied
  double step_factor = 0.1;          // by this
  double clip = 1;                   // norm of a step's gradients at most; 0: none
  std::int64_t early_stopping = 20;  // epochs without a better validation loss; 0: never
  ClassWeights class_weights = ClassWeights::kNone;
  Precision precision = Precision::kFp32;
};

struct NetworkOptions {
  NetworkKind kind = NetworkKind::kMlp;
  training::DataOptions data{.one_hot_limit = 1'000};
  ArrayOptions arrays;
  ModelOptions model;
  LearnOptions learn;
  training::OutputOptions output{.model = "model.pt"};
  std::int64_t checkpoint_every = 0;  // steps; 0: by time alone
  double checkpoint_seconds = 60;     // 0: by steps alone
  std::string device = "auto";        // auto, cpu, cuda, cuda:N
  std::int64_t threads = 0;           // 0: the granted cores, or fewer for a small network
  std::int64_t granted_cores = 1;
  bool estimate_only = false;
};

}  // namespace wattle::networks
