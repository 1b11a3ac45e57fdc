// Stands in for a counter that is not here: processor power from the CPUs' utilisation, memory
// power from its size. Modelled, never measured.
//
// Units:    Microjoules; the power of each interval is the curve at the interval's mean
// utilisation. Errors: create() is kUnavailable without /proc/stat. An unreadable /proc/stat makes
// all domains stale; the energy of that time follows with the next reading.
// Threads:  one thread. Lifetime: borrows its HostUsage and Clock.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wattle/energy/cpu_power_model.h"
#include "wattle/energy/host_usage.h"
#include "wattle/energy/meter.h"

namespace wattle::energy {

/// Power at a mean utilisation of the logical CPUs in [0, 1].
using PowerOverLoad = std::function<Watts(double utilisation)>;

/// The two numbers of Domain that say how power rises with load.
struct LoadShape {
  double idle_ratio = 0;
  double exponent = 1;
};
/// Of the curve P(u) = P(1) (r + (1 - r) u^a) that goes through rest, half and full load.
LoadShape shape_of(const PowerOverLoad& power);

/// One modelled component.
struct ModelledPart {
  std::string name;  // "cpu", "dram"
  Component component = Component::kCpu;
  PowerOverLoad power;
  double relative_sigma = 0;
  std::string error_cause;
  std::string source;  // "model: rated 90 W, …"
};

/// The processors of this host, and memory of this size.
ModelledPart modelled_cpu(const CpuPowerModel& model);
ModelledPart modelled_dram(Bytes size);

class ModelMeter final : public Meter {
 public:
  /// REQUIRES: at least one part.
  static Result<std::unique_ptr<ModelMeter>> create(HostUsage& usage, const Clock& clock,
                                                    std::vector<ModelledPart> parts);

  const std::vector<Domain>& domains() const override { return domains_; }
  Reading read() override;

 private:
  ModelMeter(HostUsage& usage, const Clock& clock, std::vector<ModelledPart> parts,
             HostCpuTimes origin);

  HostUsage& usage_;
  const Clock& clock_;
  std::vector<ModelledPart> parts_;
  std::vector<Joules> totals_;
  std::vector<Domain> domains_;
  HostCpuTimes last_;
  BootTime last_at_;
};

}  // namespace wattle::energy
