#include "wattle/energy/nvml_library.h"

#include <algorithm>
#include <array>

#include <dlfcn.h>

#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

// Status codes and layouts of the C API, version 12.
constexpr int kSuccess = 0;
constexpr int kNoPermission = 4;
constexpr int kNotFound = 6;
constexpr int kInsufficientSize = 7;
constexpr int kFunctionNotFound = 13;
constexpr std::size_t kNameBytes = 96;
constexpr unsigned kMostSamples = 4096;

struct Utilization {
  unsigned gpu;
  unsigned memory;
};
struct ProcessUtilizationSample {
  unsigned pid;
  unsigned long long stamp;
  unsigned sm;
  unsigned memory;
  unsigned encoder;
  unsigned decoder;
};
struct ProcessInfo {
  unsigned pid;
  unsigned long long used_memory;
  unsigned gpu_instance;
  unsigned compute_instance;
};

template <typename Function>
void load(void* handle, Function*& function, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (function == nullptr) {
      function = reinterpret_cast<Function*>(::dlsym(handle, name));
    }
  }
}

/// Calls a function of the library, or says that this driver does not have it.
template <typename Function, typename... Arguments>
int call(Function* function, Arguments... arguments) {
  return function == nullptr ? kFunctionNotFound : function(arguments...);
}

}  // namespace

struct NvmlLibrary::Functions {
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  const char* (*error_string)(int) = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*handle)(unsigned, Device*) = nullptr;
  int (*uuid)(Device, char*, unsigned) = nullptr;
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*energy)(Device, unsigned long long*) = nullptr;
  int (*power)(Device, unsigned*) = nullptr;
  int (*utilization)(Device, Utilization*) = nullptr;
  int (*mig_mode)(Device, unsigned*, unsigned*) = nullptr;
  int (*process_utilization)(Device, ProcessUtilizationSample*, unsigned*,
                             unsigned long long) = nullptr;
  int (*running)(Device, unsigned*, ProcessInfo*) = nullptr;

  explicit Functions(void* library) {
    load(library, init, {"nvmlInit_v2"});
    load(library, shutdown, {"nvmlShutdown"});
    load(library, error_string, {"nvmlErrorString"});
    load(library, count, {"nvmlDeviceGetCount_v2"});
    load(library, handle, {"nvmlDeviceGetHandleByIndex_v2"});
    load(library, uuid, {"nvmlDeviceGetUUID"});
    load(library, name, {"nvmlDeviceGetName"});
    load(library, energy, {"nvmlDeviceGetTotalEnergyConsumption"});
    load(library, power, {"nvmlDeviceGetPowerUsage"});
    load(library, utilization, {"nvmlDeviceGetUtilizationRates"});
    load(library, mig_mode, {"nvmlDeviceGetMigMode"});
    load(library, process_utilization, {"nvmlDeviceGetProcessUtilization"});
    // Both fill the layout with instances; the first version, with a shorter one, is not used.
    load(library, running,
         {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
  }
};

NvmlLibrary::NvmlLibrary(void* handle, std::unique_ptr<Functions> functions)
    : handle_(handle), functions_(std::move(functions)) {}

NvmlLibrary::~NvmlLibrary() {
  call(functions_->shutdown);
  ::dlclose(handle_);
}

Result<std::unique_ptr<NvmlLibrary>> NvmlLibrary::open(const std::string& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return Error(ErrorCode::kUnavailable, "no NVIDIA driver: " + path + " cannot be loaded");
  }
  auto functions = std::make_unique<Functions>(handle);
  if (const int status = call(functions->init); status != kSuccess) {
    const std::string reason =
        functions->error_string == nullptr ? "it is no NVML" : functions->error_string(status);
    ::dlclose(handle);
    return Error(ErrorCode::kUnavailable, concat("starting NVML of ", path, ": ", reason));
  }
  return std::unique_ptr<NvmlLibrary>(  // NOLINT: the constructor is private
      new NvmlLibrary(handle, std::move(functions)));
}

Status NvmlLibrary::check(int status, const char* what) const {
  if (status == kSuccess) {
    return {};
  }
  const std::string reason = functions_->error_string == nullptr || status == kFunctionNotFound
                                 ? concat("status ", status)
                                 : functions_->error_string(status);
  const auto code =
      status == kNoPermission ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable;
  return Error(code, concat("NVML ", what, ": ", reason));
}

Result<unsigned> NvmlLibrary::count() const {
  unsigned count = 0;
  WATTLE_RETURN_IF_ERROR(check(call(functions_->count, &count), "counting GPUs"));
  return count;
}

Result<NvmlLibrary::Device> NvmlLibrary::device(unsigned index) const {
  Device device = nullptr;
  WATTLE_RETURN_IF_ERROR(check(call(functions_->handle, index, &device), "opening a GPU"));
  return device;
}

Result<std::string> NvmlLibrary::uuid(Device device) const {
  std::array<char, kNameBytes> text{};
  WATTLE_RETURN_IF_ERROR(
      check(call(functions_->uuid, device, text.data(), unsigned{kNameBytes}), "uuid"));
  return std::string(text.data());
}

Result<std::string> NvmlLibrary::name(Device device) const {
  std::array<char, kNameBytes> text{};
  WATTLE_RETURN_IF_ERROR(
      check(call(functions_->name, device, text.data(), unsigned{kNameBytes}), "name"));
  return std::string(text.data());
}

Result<std::int64_t> NvmlLibrary::energy_millijoules(Device device) const {
  unsigned long long energy = 0;
  WATTLE_RETURN_IF_ERROR(check(call(functions_->energy, device, &energy), "energy counter"));
  return static_cast<std::int64_t>(energy);
}

Result<std::int64_t> NvmlLibrary::power_milliwatts(Device device) const {
  unsigned power = 0;
  WATTLE_RETURN_IF_ERROR(check(call(functions_->power, device, &power), "power"));
  return std::int64_t{power};
}

Result<double> NvmlLibrary::utilisation(Device device) const {
  Utilization rates{};
  WATTLE_RETURN_IF_ERROR(check(call(functions_->utilization, device, &rates), "utilisation"));
  return std::min(rates.gpu, 100U) / 100.0;
}

Result<bool> NvmlLibrary::is_partitioned(Device device) const {
  unsigned current = 0;
  unsigned pending = 0;
  WATTLE_RETURN_IF_ERROR(check(call(functions_->mig_mode, device, &current, &pending), "MIG mode"));
  return current != 0;
}

Result<std::vector<NvmlLibrary::ProcessSample>> NvmlLibrary::process_samples(
    Device device, std::uint64_t since) const {
  unsigned count = 0;
  int status =
      call(functions_->process_utilization, device, static_cast<ProcessUtilizationSample*>(nullptr),
           &count, static_cast<unsigned long long>(since));
  std::vector<ProcessUtilizationSample> raw;
  if (status == kInsufficientSize || (status == kSuccess && count > 0)) {
    count = std::min(count, kMostSamples);
    raw.resize(count);
    status = call(functions_->process_utilization, device, raw.data(), &count,
                  static_cast<unsigned long long>(since));
    raw.resize(std::min<std::size_t>(count, raw.size()));
  }
  if (status == kNotFound || (status == kSuccess && raw.empty())) {
    return std::vector<ProcessSample>{};
  }
  WATTLE_RETURN_IF_ERROR(check(status, "use by processes"));
  std::vector<ProcessSample> samples;
  for (const auto& sample : raw) {
    if (sample.pid != 0 && sample.stamp > since) {
      samples.push_back(
          {static_cast<std::int32_t>(sample.pid), sample.stamp, std::min(sample.sm, 100U) / 100.0});
    }
  }
  return samples;
}

Result<std::vector<std::int32_t>> NvmlLibrary::running_processes(Device device) const {
  std::vector<ProcessInfo> raw(64);
  auto count = static_cast<unsigned>(raw.size());
  int status = call(functions_->running, device, &count, raw.data());
  if (status == kInsufficientSize) {
    raw.resize(std::min(count + 16, kMostSamples));
    count = static_cast<unsigned>(raw.size());
    status = call(functions_->running, device, &count, raw.data());
  }
  WATTLE_RETURN_IF_ERROR(check(status, "running processes"));
  std::vector<std::int32_t> pids;
  for (unsigned i = 0; i < std::min<unsigned>(count, static_cast<unsigned>(raw.size())); ++i) {
    pids.push_back(static_cast<std::int32_t>(raw[i].pid));
  }
  std::ranges::sort(pids);
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

}  // namespace wattle::energy
