#include "wattle/energy/nvml_meter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "wattle/base/text.h"
#include "wattle/energy/defaults.h"

namespace wattle::energy {
namespace {

constexpr unsigned kMostGpus = 64;
constexpr std::int64_t kMicrojoulesPerMillijoule = 1000;
constexpr double kWattsPerMilliwatt = 1e-3;

}  // namespace

Result<std::unique_ptr<NvmlMeter>> NvmlMeter::create(FileSystem& files, const Clock& clock,
                                                     const Options& options,
                                                     std::vector<Finding>& findings) {
  WATTLE_ASSIGN_OR_RETURN(auto library, NvmlLibrary::open(options.library));
  WATTLE_ASSIGN_OR_RETURN(const auto count, library->count());
  std::unique_ptr<NvmlMeter> meter(  // NOLINT: the constructor is private
      new NvmlMeter(std::move(library), clock));
  const SensorFiles sensors(files, options.root);
  for (unsigned index = 0; index < std::min(count, kMostGpus); ++index) {
    meter->add_gpu(index, sensors, findings);
  }
  if (meter->gpus_.empty()) {
    return Error(ErrorCode::kUnavailable, "NVML sees no GPU whose energy or power can be read");
  }
  static_cast<void>(meter->read());
  return meter;
}

void NvmlMeter::add_gpu(unsigned index, const SensorFiles& sensors,
                        std::vector<Finding>& findings) {
  const std::string domain_name = concat("gpu-", index);
  const auto device = library_->device(index);
  if (!device) {
    findings.push_back({FindingKind::kFaulty, domain_name, device.error().message(), ""});
    return;
  }
  const bool has_counter = library_->energy_millijoules(*device).ok();
  if (const auto power = library_->power_milliwatts(*device); !has_counter && !power) {
    findings.push_back({FindingKind::kFaulty, domain_name, power.error().message(), ""});
    return;
  }
  if (library_->is_partitioned(*device).value_or(false)) {
    findings.push_back({FindingKind::kPresent, domain_name,
                        "is in MIG mode: it is metered whole, and its processes share it equally",
                        ""});
  }
  domains_.push_back(
      {.name = domain_name,
       .component = Component::kGpu,
       .quality = has_counter ? Quality::kCounter : Quality::kIntegrated,
       .source = concat("nvml ", library_->uuid(*device).value_or(domain_name), " ",
                        library_->name(*device).value_or("GPU")),
       .error_cause = "nvml",
       .relative_sigma = has_counter ? defaults::kGpuCounterSigma : defaults::kGpuSampledSigma,
       .idle_ratio = defaults::kGpuIdleRatio});
  gpus_.push_back({.device = *device,
                   .energy = PowerIntegrator(),
                   .processes = GpuProcesses(sensors, static_cast<std::uint32_t>(gpus_.size()))});
  if (has_counter) {
    gpus_.back().energy = GuardedCounter(Microjoules(0));
  }
}

bool NvmlMeter::update(Gpu& gpu, BootTime at) {
  if (auto* counter = std::get_if<GuardedCounter>(&gpu.energy)) {
    const auto energy = library_->energy_millijoules(gpu.device);
    return energy && counter->update(Microjoules(*energy * kMicrojoulesPerMillijoule), at);
  }
  const auto power = library_->power_milliwatts(gpu.device);
  return power && std::get<PowerIntegrator>(gpu.energy)
                      .update(Watts(static_cast<double>(*power) * kWattsPerMilliwatt), at);
}

void NvmlMeter::update_processes(Gpu& gpu, double utilisation, BootTime at) {
  if (gpu.samples_processes) {
    auto samples = library_->process_samples(gpu.device, gpu.processes.last_stamp());
    if (samples) {
      gpu.processes.add_samples(std::move(*samples), at);
      return;
    }
    gpu.samples_processes = false;
  }
  const auto pids = library_->running_processes(gpu.device);
  // A partitioned GPU tells no utilisation; then whoever holds it counts as using it.
  const double busy = std::isnan(utilisation) ? 1.0 : utilisation;
  gpu.processes.add_equal_shares(pids ? *pids : std::vector<std::int32_t>{}, busy, at);
}

Reading NvmlMeter::read() {
  Reading reading{.at = clock_.boot_now()};
  for (auto& gpu : gpus_) {
    const bool fresh = update(gpu, reading.at);
    const double utilisation =
        library_->utilisation(gpu.device).value_or(std::numeric_limits<double>::quiet_NaN());
    if (fresh) {
      update_processes(gpu, utilisation, reading.at);
    }
    reading.energy.push_back(
        std::visit([](const auto& energy) { return energy.total(); }, gpu.energy));
    reading.stale.push_back(!fresh);
    reading.utilisation.push_back(utilisation);
    for (auto& process : gpu.processes.list(reading.at)) {
      reading.processes.push_back(std::move(process));
    }
  }
  return reading;
}

}  // namespace wattle::energy
