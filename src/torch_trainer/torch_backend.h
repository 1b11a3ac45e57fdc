// libtorch as the Backend of networks: threads, devices, learners, TorchScript.
//
// Units:    none. Errors: torch's first line, as kInternal; kInvalidArgument for a device that is
// not there. Threads: one; torch's own beside it. Lifetime: one in a process: libtorch is global.
#pragma once

#include <memory>
#include <string>

#include "wattle/networks/learner.h"

namespace wattle::torch_trainer {

/// "libtorch 1.13.0".
std::string torch_version();

class TorchBackend final : public networks::Backend {
 public:
  std::string library() const override { return torch_version(); }
  Result<networks::Arithmetic> start(const std::string& device, int threads) override;
  Result<std::unique_ptr<networks::Learner>> learn(const networks::Lesson& lesson,
                                                   const networks::Weights& initial) override;
  Result<std::string> save(const networks::InferenceModel& model,
                           const std::string& description) override;
  Result<std::vector<float>> predict(const std::string& saved,
                                     const networks::InferenceModel& model,
                                     const training::Matrix& rows) override;

 private:
  std::string device_ = "cpu";
};

}  // namespace wattle::torch_trainer
