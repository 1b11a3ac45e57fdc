#include "torch_backend.h"

#include "guard.h"
#include "torch_learner.h"
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>

namespace wattle::torch_trainer {
namespace {

/// A function of the BLAS that libtorch has loaded, if that is OpenBLAS.
template <typename Function>
Function* openblas(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

/// "AVX2" of "... CPU capability usage: AVX2 ...".
std::string cpu_capability() {
  constexpr std::string_view kLabel = "CPU capability usage: ";
  const std::string config = at::show_config();
  const auto found = config.find(kLabel);
  if (found == std::string::npos) {
    return "unknown kernels";
  }
  const auto start = found + kLabel.size();
  return config.substr(start, config.find_first_of(" ,\n", start) - start);
}

std::string kernels() {
  auto* const core_name = openblas<char*()>("openblas_get_corename");
  return concat(cpu_capability(), ", ",
                core_name == nullptr ? std::string("a BLAS that is not OpenBLAS")
                                     : concat("OpenBLAS ", (*core_name)()));
}

Result<std::string> choose_device(const std::string& wish) {
  if (wish == "cpu") {
    return wish;
  }
  if (wish == "auto") {
    return std::string(at::hasCUDA() ? "cuda:0" : "cpu");
  }
  if (wish != "cuda" && !wish.starts_with("cuda:")) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("--device: '", wish, "' is not known; it takes auto, cpu, cuda, cuda:N"));
  }
  if (!at::hasCUDA()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("--device ", wish,
                        ": this libtorch sees no CUDA device; Debian's is built "
                        "without CUDA, another is built in by -DTorch_DIR=..."));
  }
  return wish == "cuda" ? std::string("cuda:0") : wish;
}

}  // namespace

std::string torch_version() {
  return concat("libtorch ", TORCH_VERSION_MAJOR, ".", TORCH_VERSION_MINOR, ".",
                TORCH_VERSION_PATCH);
}

Result<networks::Arithmetic> TorchBackend::start(const std::string& device, int threads) {
  return guarded("starting", [&]() -> Result<networks::Arithmetic> {
    WATTLE_ASSIGN_OR_RETURN(device_, choose_device(device));
    // libtorch begins with one thread whatever the host has, OpenBLAS with all of them.
    at::set_num_threads(threads);
    if (auto* const set = openblas<void(int)>("openblas_set_num_threads")) {
      (*set)(threads);
    }
    at::globalContext().setDeterministicAlgorithms(true, true);
    at::globalContext().setBenchmarkCuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
    at::globalContext().setAllowTF32CuDNN(false);
    at::empty({1}).to(at::Device(device_));  // a device that cannot be used says so here
    return networks::Arithmetic{library(), device_, kernels(), threads};
  });
}

Result<std::unique_ptr<networks::Learner>> TorchBackend::learn(const networks::Lesson& lesson,
                                                               const networks::Weights& initial) {
  return make_learner(lesson, initial, device_);
}

}  // namespace wattle::torch_trainer
