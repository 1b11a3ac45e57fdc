#include "wattle/energy/model_meter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "wattle/base/text.h"
#include "wattle/energy/counter.h"
#include "wattle/energy/memory_power_model.h"

namespace wattle::energy {
namespace {

Domain domain_of(const ModelledPart& part) {
  const LoadShape shape = shape_of(part.power);
  return {.name = part.name,
          .component = part.component,
          .quality = Quality::kModelled,
          .source = part.source,
          .error_cause = part.error_cause,
          .relative_sigma = part.relative_sigma,
          .idle_ratio = shape.idle_ratio,
          .load_exponent = shape.exponent};
}

/// The time in which the host ran. After a long silence it may have been suspended, which CPU time
/// does not count, while the boot clock does.
Seconds time_awake(const HostCpuTimes& before, const HostCpuTimes& after, Seconds elapsed) {
  if (elapsed <= kLongestSilence || after.online == 0) {
    return elapsed;
  }
  const auto cpu_time = after.all.busy_microseconds - before.all.busy_microseconds +
                        after.all.idle_microseconds - before.all.idle_microseconds;
  const Seconds awake(static_cast<double>(cpu_time) * 1e-6 / after.online);
  return std::clamp(awake, Seconds(0), elapsed);
}

}  // namespace

LoadShape shape_of(const PowerOverLoad& power) {
  const double full = power(1).value();
  const double idle = power(0).value();
  if (!(full > idle) || !(idle >= 0)) {
    return {.idle_ratio = 1, .exponent = 1};  // it does not rise: all of it is power at rest
  }
  const double half = std::clamp((power(0.5).value() - idle) / (full - idle), 0.05, 0.95);
  return {.idle_ratio = idle / full, .exponent = std::log(half) / std::log(0.5)};
}

ModelledPart modelled_cpu(const CpuPowerModel& model) {
  // One figure stands for the error at every load: that at half load.
  const auto half = model.power(0.5);
  const double sigma = half.value() > Watts(0) ? half.sigma() / half.value().value() : 1;
  return {.name = "cpu",
          .component = Component::kCpu,
          .power = [model](double load) { return model.power(load).value(); },
          .relative_sigma = sigma,
          .error_cause = model.cause(),
          .source = "model: " + model.source()};
}

ModelledPart modelled_dram(Bytes size) {
  const auto power = modelled_memory_power(size);
  const auto& errors = power.errors();
  return {.name = "dram",
          .component = Component::kDram,
          .power = [watts = power.value()](double) { return watts; },
          .relative_sigma = power.value() > Watts(0) ? power.sigma() / power.value().value() : 1,
          .error_cause = errors.empty() ? "memory-model" : errors.front().cause,
          .source = concat("model: ", size.value() >> 30, " GiB of memory")};
}

Result<std::unique_ptr<ModelMeter>> ModelMeter::create(HostUsage& usage, const Clock& clock,
                                                       std::vector<ModelledPart> parts) {
  WATTLE_ASSIGN_OR_RETURN(auto origin, usage.read().with_context("modelling power"));
  return std::unique_ptr<ModelMeter>(  // NOLINT: the constructor is private
      new ModelMeter(usage, clock, std::move(parts), std::move(origin)));
}

ModelMeter::ModelMeter(HostUsage& usage, const Clock& clock, std::vector<ModelledPart> parts,
                       HostCpuTimes origin)
    : usage_(usage),
      clock_(clock),
      parts_(std::move(parts)),
      totals_(parts_.size()),
      last_(std::move(origin)),
      last_at_(clock.boot_now()) {
  for (const auto& part : parts_) {
    domains_.push_back(domain_of(part));
  }
}

Reading ModelMeter::read() {
  Reading reading{.at = clock_.boot_now()};
  const auto now = usage_.read();
  double utilisation = std::numeric_limits<double>::quiet_NaN();
  if (now && reading.at > last_at_) {
    utilisation = utilisation_between(last_.all, now->all);
    // Without a tick of the kernel's clock in between nothing is known yet: it counts as idle, and
    // the tick will be in the next interval.
    const double load = std::isnan(utilisation) ? 0 : utilisation;
    const Seconds awake = time_awake(last_, *now, reading.at - last_at_);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      totals_[i] += parts_[i].power(load) * awake;
    }
    last_ = *now;
    last_at_ = reading.at;
  }
  for (const auto total : totals_) {
    reading.energy.push_back(to_microjoules(total));
  }
  reading.stale.assign(parts_.size(), !now.ok());
  reading.utilisation.assign(parts_.size(), utilisation);
  return reading;
}

}  // namespace wattle::energy
