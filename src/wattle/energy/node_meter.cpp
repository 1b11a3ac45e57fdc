#include "wattle/energy/node_meter.h"

#include <algorithm>

namespace wattle::energy {

NodeDescription describe_node(const Meter& meter, HostUsage& usage, std::string meter_id,
                              Seconds period) {
  const auto times = usage.read();
  return {.meter = std::move(meter_id),
          .domains = meter.domains(),
          .logical_cpus = times ? std::max<std::uint32_t>(times->online, 1) : 1,
          .period = period};
}

NodeSample NodeMeter::take() {
  auto reading = meter_.read();
  if (const auto times = usage_.read()) {
    cpu_busy_microseconds_ = times->all.busy_microseconds;
  }
  return {.at = reading.at,
          .energy = std::move(reading.energy),
          .stale = std::move(reading.stale),
          .utilisation = std::move(reading.utilisation),
          .cpu_busy_microseconds = cpu_busy_microseconds_,
          .meter_cpu_microseconds = own_cpu_time_(),
          .processes = std::move(reading.processes)};
}

Result<BootTime> NodeMeter::sample() {
  const auto sample = take();
  const auto appended = sink_.append(encode(sample));
  tell(appended);
  if (!appended) {
    return appended.error();
  }
  return sample.at;
}

void NodeMeter::tell(const Status& appended) {
  if (!appended && lost_ == 0) {
    log_.write(LogLevel::kError, "samples cannot be written; metering goes on without them",
               {{"reason", appended.error().message()}});
  }
  if (appended && lost_ != 0) {
    log_.write(LogLevel::kNotice, "samples are written again", {{"samples_lost", lost_}});
  }
  lost_ = appended ? 0 : lost_ + 1;
}

}  // namespace wattle::energy
