// Test double of libnvidia-ml.so.1: answers out of a text file, so that what a driver would say can
// change between two calls.
//
// The file is named by WATTLE_FAKE_NVML_STATE and read anew at each call; lines "KEY VALUE":
//   gpus N            number of GPUs
//   I.energy MJ       energy counter of GPU I     I.power MW       power
//   I.util PERCENT    utilisation                 I.mig 0|1        MIG mode
//   I.sample PID STAMP PERCENT   one sample of use by a process (any number of lines)
//   I.running PID     one running process (any number of lines)
//   I.fail.WORD CODE  the call named WORD (energy, power, util, samples, running, mig) fails so
// What has no line is "not supported" (3).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int kSuccess = 0;
constexpr int kInvalidArgument = 2;
constexpr int kNotSupported = 3;
constexpr int kNotFound = 6;
constexpr int kInsufficientSize = 7;

std::vector<std::string> values_of(const std::string& key) {
  const char* path = std::getenv("WATTLE_FAKE_NVML_STATE");
  std::ifstream file(path == nullptr ? "" : path);
  std::vector<std::string> values;
  for (std::string line; std::getline(file, line);) {
    const auto space = line.find(' ');
    if (line.substr(0, space) == key) {
      values.push_back(line.substr(space + 1));
    }
  }
  return values;
}

std::string key_of(void* device, const char* word) {
  const auto index = reinterpret_cast<std::size_t>(device) - 1;
  return std::to_string(index) + "." + word;
}

int failure_of(void* device, const char* word) {
  const auto values = values_of(key_of(device, "fail.") + word);
  return values.empty() ? kSuccess : std::stoi(values.front());
}

template <typename T>
int number_of(void* device, const char* word, T* into) {
  if (const int failure = failure_of(device, word); failure != kSuccess) {
    return failure;
  }
  const auto values = values_of(key_of(device, word));
  if (values.empty()) {
    return kNotSupported;
  }
  *into = static_cast<T>(std::stoull(values.front()));
  return kSuccess;
}

struct Rates {
  unsigned gpu;
  unsigned memory;
};
struct Sample {
  unsigned pid;
  unsigned long long stamp;
  unsigned sm;
  unsigned memory;
  unsigned encoder;
  unsigned decoder;
};
struct Process {
  unsigned pid;
  unsigned long long memory;
  unsigned gpu_instance;
  unsigned compute_instance;
};

}  // namespace

extern "C" {

int nvmlInit_v2() {
  return values_of("gpus").empty() ? 9 : kSuccess;  // 9: the driver is not loaded
}
int nvmlShutdown() {
  return kSuccess;
}
const char* nvmlErrorString(int status) {
  switch (status) {
    case 9:
      return "Driver Not Loaded";
    case 15:
      return "GPU is lost";
    default:
      return "Not Supported";
  }
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = static_cast<unsigned>(std::stoul(values_of("gpus").front()));
  return kSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  unsigned count = 0;
  nvmlDeviceGetCount_v2(&count);
  *device = reinterpret_cast<void*>(std::size_t{index} + 1);
  return index < count ? kSuccess : kInvalidArgument;
}
int nvmlDeviceGetUUID(void* device, char* text, unsigned size) {
  std::snprintf(text, size, "GPU-fake-%zu", reinterpret_cast<std::size_t>(device) - 1);
  return kSuccess;
}
int nvmlDeviceGetName(void*, char* text, unsigned size) {
  std::snprintf(text, size, "%s", "Fake H100");
  return kSuccess;
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* energy) {
  return number_of(device, "energy", energy);
}
int nvmlDeviceGetPowerUsage(void* device, unsigned* power) {
  return number_of(device, "power", power);
}
int nvmlDeviceGetUtilizationRates(void* device, Rates* rates) {
  rates->memory = 0;
  return number_of(device, "util", &rates->gpu);
}
int nvmlDeviceGetMigMode(void* device, unsigned* current, unsigned* pending) {
  *pending = 0;
  return number_of(device, "mig", current);
}
int nvmlDeviceGetProcessUtilization(void* device, Sample* samples, unsigned* count,
                                    unsigned long long since) {
  if (const int failure = failure_of(device, "samples"); failure != kSuccess) {
    return failure;
  }
  std::vector<Sample> found;
  for (const auto& value : values_of(key_of(device, "sample"))) {
    Sample sample{};
    std::istringstream(value) >> sample.pid >> sample.stamp >> sample.sm;
    if (sample.stamp > since) {
      found.push_back(sample);
    }
  }
  const auto room = *count;
  *count = static_cast<unsigned>(found.size());
  if (found.empty()) {
    return kNotFound;
  }
  if (samples == nullptr || room < found.size()) {
    return kInsufficientSize;
  }
  std::memcpy(samples, found.data(), found.size() * sizeof(Sample));
  return kSuccess;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, Process* processes) {
  if (const int failure = failure_of(device, "running"); failure != kSuccess) {
    return failure;
  }
  const auto pids = values_of(key_of(device, "running"));
  const auto room = *count;
  *count = static_cast<unsigned>(pids.size());
  if (room < pids.size()) {
    return kInsufficientSize;
  }
  for (std::size_t i = 0; i < pids.size(); ++i) {
    processes[i] = {static_cast<unsigned>(std::stoul(pids[i])), 0, ~0U, ~0U};
  }
  return kSuccess;
}

}  // extern "C"
