#include "wattle/energy/replay_meter.h"

#include <algorithm>
#include <limits>

#include "wattle/base/text.h"
#include "wattle/energy/defaults.h"

namespace wattle::energy {
namespace {

Component component_of(std::string_view domain) {
  for (const auto component : {Component::kCpu, Component::kDram, Component::kGpu}) {
    if (domain.starts_with(to_string(component))) {
      return component;
    }
  }
  return Component::kBoard;
}

double idle_ratio_of(Component component) {
  switch (component) {
    case Component::kCpu:
      return defaults::kPackageIdleRatio;
    case Component::kDram:
      return defaults::kDramIdleRatio;
    case Component::kGpu:
      return defaults::kGpuIdleRatio;
    case Component::kBoard:
      return defaults::kBoardIdleRatio;
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<ReplayMeter>> ReplayMeter::create(std::vector<PowerTrace> traces,
                                                         const Clock& clock, Seconds from) {
  if (traces.empty()) {
    return Error(ErrorCode::kInvalidArgument, "there is no trace to replay");
  }
  std::unique_ptr<ReplayMeter> meter(  // NOLINT: the constructor is private
      new ReplayMeter(clock, from));
  for (auto& trace : traces) {
    WATTLE_RETURN_IF_ERROR(meter->add(std::move(trace)));
  }
  static_cast<void>(meter->read());
  return meter;
}

Status ReplayMeter::add(PowerTrace trace) {
  Domain domain{.name = trace.domain.empty() ? "board" : trace.domain,
                .component = component_of(trace.domain),
                .source = concat("replay ", trace.name),
                .error_cause = "replay",
                .relative_sigma = defaults::kHwmonSigma};
  const bool is_power = trace.kind == PowerTrace::Kind::kPower;
  domain.quality = is_power ? Quality::kIntegrated : Quality::kCounter;
  domain.idle_ratio = idle_ratio_of(domain.component);
  if (std::ranges::find(domains_, domain.name, &Domain::name) != domains_.end()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("two traces are of the domain '", domain.name,
                        "': choose one run, or name them apart in a column 'domain'"));
  }
  domains_.push_back(std::move(domain));
  channels_.push_back({.trace = std::move(trace), .energy = PowerIntegrator()});
  if (!is_power) {
    channels_.back().energy = GuardedCounter(Microjoules(0));
  }
  return {};
}

bool ReplayMeter::update(Channel& channel, Seconds instant) {
  if (channel.ended) {
    return false;
  }
  // The last reading before the end still takes the trace up to its last point.
  channel.ended = instant >= channel.trace.end();
  const Seconds shown = std::min(instant, channel.trace.end());
  const BootTime at = origin_ + (shown - from_);
  const double value = channel.trace.value_at(shown);
  if (auto* counter = std::get_if<GuardedCounter>(&channel.energy)) {
    return counter->update(to_microjoules(Joules(value)), at);
  }
  return std::get<PowerIntegrator>(channel.energy).update(Watts(value), at);
}

Reading ReplayMeter::read() {
  Reading reading{.at = clock_.boot_now()};
  for (auto& channel : channels_) {
    reading.stale.push_back(!update(channel, from_ + (reading.at - origin_)));
    reading.energy.push_back(
        std::visit([](const auto& energy) { return energy.total(); }, channel.energy));
  }
  reading.utilisation.assign(domains_.size(), std::numeric_limits<double>::quiet_NaN());
  return reading;
}

}  // namespace wattle::energy
