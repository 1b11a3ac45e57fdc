#include "wattle/energy/open_meters.h"

#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/energy/composite_meter.h"
#include "wattle/energy/host_facts.h"
#include "wattle/energy/hwmon_meter.h"
#include "wattle/energy/model_meter.h"
#include "wattle/energy/nvml_meter.h"
#include "wattle/energy/powercap_meter.h"
#include "wattle/energy/replay_meter.h"

namespace wattle::energy {
namespace {

/// Opens one kind of meter after another and remembers what is metered by now.
class Opener {
 public:
  Opener(FileSystem& files, const Clock& clock, const MeterOptions& options)
      : files_(files),
        clock_(clock),
        options_(options),
        sensors_(files, options.root),
        cpu_model_(CpuPowerModel::prior(read_cpu_description(sensors_))) {
    opened_.usage = std::make_unique<HostUsage>(files, clock, options.root);
    if (options.cpu_model) {
      choose_model(*options.cpu_model);
    }
  }

  Result<OpenedMeters> open() {
    WATTLE_RETURN_IF_ERROR(options_.replay.empty() ? open_sensors() : open_replay());
    WATTLE_RETURN_IF_ERROR(add_models());
    opened_.meter = std::make_unique<CompositeMeter>(
        std::move(meters_), CpuLoad(sensors_, *opened_.usage), shape_of(cpu_power()));
    return std::move(opened_);
  }

 private:
  /// A calibrated model holds for the processor that it was calibrated on.
  void choose_model(const CpuPowerModel& calibrated) {
    if (calibrated.cause() == cpu_model_.cause()) {
      cpu_model_ = calibrated;
    } else {
      opened_.findings.push_back({FindingKind::kUnused, "calibrated processor model",
                                  calibrated.cause() + " is another processor than this host's",
                                  "wattle doctor --calibrate"});
    }
  }

  PowerOverLoad cpu_power() const {
    return [this](double load) { return cpu_model_.power(load).value(); };
  }

  Status open_sensors() {
    take("powercap", PowercapMeter::create(files_, clock_, options_.root, opened_.findings));
    take("hwmon", HwmonMeter::create(files_, clock_,
                                     {.root = options_.root,
                                      .packages = !metered(Component::kCpu),
                                      .board = !metered(Component::kBoard)},
                                     opened_.findings));
    take("nvml", NvmlMeter::create(files_, clock_,
                                   {.library = options_.nvml_library, .root = options_.root},
                                   opened_.findings));
    return {};
  }

  Status open_replay() {
    WATTLE_ASSIGN_OR_RETURN(auto traces, read_power_traces(options_.replay));
    if (traces.front().domain.empty()) {
      traces.resize(1);  // several runs in one file: the first
    }
    WATTLE_ASSIGN_OR_RETURN(auto meter,
                            ReplayMeter::create(traces, clock_, traces.front().begin()));
    keep("replay " + options_.replay, std::move(meter));
    replayed_ = true;
    return {};
  }

  template <typename T>
  void take(const std::string& subject, Result<std::unique_ptr<T>> meter) {
    if (meter) {
      keep(subject, std::move(*meter));
      return;
    }
    const bool denied = meter.error().code() == ErrorCode::kPermissionDenied;
    opened_.findings.push_back({denied ? FindingKind::kDenied : FindingKind::kAbsent, subject,
                                meter.error().message(), denied ? "wattle doctor --fix rapl" : ""});
  }

  void keep(const std::string& subject, std::unique_ptr<Meter> meter) {
    std::vector<std::string> names;
    for (const auto& domain : meter->domains()) {
      names.push_back(domain.name);
      components_.push_back(domain.component);
    }
    opened_.findings.push_back({FindingKind::kPresent, subject, "meters " + join(names, ", "), ""});
    meters_.push_back(std::move(meter));
  }

  bool metered(Component component) const {
    return std::ranges::find(components_, component) != components_.end();
  }

  /// Stand-ins for processor and memory where no sensor tells them. A replayed trace is all there
  /// is in its world.
  Status add_models() {
    std::vector<ModelledPart> parts;
    if (!replayed_ && !metered(Component::kCpu)) {
      parts.push_back(modelled_cpu(cpu_model_));
    }
    if (const Bytes memory = read_memory_size(sensors_);
        !replayed_ && !metered(Component::kDram) && memory > Bytes(0)) {
      parts.push_back(modelled_dram(memory));
    }
    for (const auto& part : parts) {
      opened_.findings.push_back(
          {FindingKind::kFallback, part.name,
           "no counter can be read, so its power is modelled (" + part.source + ")", ""});
    }
    if (!replayed_ && !metered(Component::kBoard)) {
      opened_.findings.push_back({FindingKind::kAbsent, "board",
                                  "nothing measures disks, fans and supply losses: they are not in "
                                  "the figures",
                                  ""});
    }
    if (!parts.empty()) {
      WATTLE_ASSIGN_OR_RETURN(auto meter,
                              ModelMeter::create(*opened_.usage, clock_, std::move(parts)));
      meters_.push_back(std::move(meter));
    }
    return {};
  }

  FileSystem& files_;
  const Clock& clock_;
  const MeterOptions& options_;
  SensorFiles sensors_;
  CpuPowerModel cpu_model_;
  OpenedMeters opened_;
  std::vector<std::unique_ptr<Meter>> meters_;
  std::vector<Component> components_;
  bool replayed_ = false;
};

}  // namespace

Result<OpenedMeters> open_meters(FileSystem& files, const Clock& clock,
                                 const MeterOptions& options) {
  return Opener(files, clock, options).open();
}

}  // namespace wattle::energy
