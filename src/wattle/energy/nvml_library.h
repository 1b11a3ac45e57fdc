// NVIDIA's management library, opened at run time: nothing of NVIDIA is needed to build or start.
//
// Units:    as NVML: millijoules, milliwatts, percent, microseconds since 1970 for sample stamps.
// Errors:   open() is kUnavailable when there is no library or no driver; a call's own failure is
// an NVML status in words. Symbols that an old driver lacks answer "not supported".
// Threads:  as NVML: any; each object from one. Lifetime: shuts NVML down and closes the library.
// Source:   NVML API Reference Guide (docs.nvidia.com/deploy/nvml-api): names and layouts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::energy {

class NvmlLibrary {
 public:
  using Device = void*;

  /// A process's share of the streaming multiprocessors until `stamp`.
  struct ProcessSample {
    std::int32_t pid = 0;
    std::uint64_t stamp_microseconds = 0;
    double busy_ratio = 0;
  };

  static constexpr const char* kDefaultPath = "libnvidia-ml.so.1";
  static Result<std::unique_ptr<NvmlLibrary>> open(const std::string& path);
  ~NvmlLibrary();
  NvmlLibrary(const NvmlLibrary&) = delete;
  NvmlLibrary& operator=(const NvmlLibrary&) = delete;

  Result<unsigned> count() const;
  Result<Device> device(unsigned index) const;
  Result<std::string> uuid(Device device) const;
  Result<std::string> name(Device device) const;
  Result<std::int64_t> energy_millijoules(Device device) const;
  Result<std::int64_t> power_milliwatts(Device device) const;
  /// Share of the driver's last sampling period in which a kernel ran, in [0, 1].
  Result<double> utilisation(Device device) const;
  Result<bool> is_partitioned(Device device) const;
  /// Samples after `since` (a stamp); empty when no process used the device.
  Result<std::vector<ProcessSample>> process_samples(Device device, std::uint64_t since) const;
  Result<std::vector<std::int32_t>> running_processes(Device device) const;

 private:
  struct Functions;
  NvmlLibrary(void* handle, std::unique_ptr<Functions> functions);
  Status check(int status, const char* what) const;

  void* handle_;
  std::unique_ptr<Functions> functions_;
};

}  // namespace wattle::energy
