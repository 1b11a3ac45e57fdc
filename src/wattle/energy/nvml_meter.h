// Reads the energy of NVIDIA GPUs, and which process kept each one busy, through NVML.
//
// Domains:  gpu-N: the whole board, with its memory and regulators, from the driver's energy
// counter (Volta and later), else from sampled power. A GPU in MIG mode is metered whole as well:
// NVML has no energy of its instances; their processes share it equally. Units:    Microjoules.
// Errors: create() is kUnavailable without a driver or GPU. A GPU that is lost or does not answer
// turns stale; the others go on. Threads:  one thread. Lifetime: borrows its FileSystem and Clock.
// See:      docs/methodology.md, "Meters", for how often these sensors look.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "wattle/energy/counter.h"
#include "wattle/energy/finding.h"
#include "wattle/energy/gpu_processes.h"
#include "wattle/energy/meter.h"
#include "wattle/energy/nvml_library.h"

namespace wattle::energy {

class NvmlMeter final : public Meter {
 public:
  struct Options {
    std::string library = NvmlLibrary::kDefaultPath;
    std::string root = "/";  // where /proc/PID/environ is looked for
  };
  static Result<std::unique_ptr<NvmlMeter>> create(FileSystem& files, const Clock& clock,
                                                   const Options& options,
                                                   std::vector<Finding>& findings);

  const std::vector<Domain>& domains() const override { return domains_; }
  Reading read() override;

 private:
  struct Gpu {
    NvmlLibrary::Device device = nullptr;
    std::variant<GuardedCounter, PowerIntegrator> energy;
    GpuProcesses processes;
    bool samples_processes = true;  // the driver tells use by process
  };

  NvmlMeter(std::unique_ptr<NvmlLibrary> library, const Clock& clock)
      : library_(std::move(library)), clock_(clock) {}
  void add_gpu(unsigned index, const SensorFiles& sensors, std::vector<Finding>& findings);
  bool update(Gpu& gpu, BootTime at);
  void update_processes(Gpu& gpu, double utilisation, BootTime at);

  std::unique_ptr<NvmlLibrary> library_;
  const Clock& clock_;
  std::vector<Gpu> gpus_;
  std::vector<Domain> domains_;
};

}  // namespace wattle::energy
