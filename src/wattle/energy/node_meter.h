// Writes what the node has used into records: one NodeSample per call, behind a NodeDescription.
//
// Units:    as records.h. Errors: sample() gives the sink's error (a full disk); that sample is
// lost, but counters are cumulative, so the next one that is written covers its time. The log says
// so once, and once more when it works again.
// Threads:  one thread. Lifetime: borrows all that it is made with.
#pragma once

#include <cstdint>
#include <string>

#include "wattle/base/log.h"
#include "wattle/base/record.h"
#include "wattle/base/result.h"
#include "wattle/energy/host_usage.h"
#include "wattle/energy/meter.h"
#include "wattle/energy/records.h"

namespace wattle::energy {

/// What every segment of this meter's samples must begin with. `meter_id` names this meter's life.
NodeDescription describe_node(const Meter& meter, HostUsage& usage, std::string meter_id,
                              Seconds period);

class NodeMeter {
 public:
  /// Tells the CPU time of this process in microseconds; own_cpu_microseconds outside of tests.
  using OwnCpuTime = std::int64_t (*)();

  NodeMeter(Meter& meter, HostUsage& usage, RecordSink& sink, Log& log, OwnCpuTime own_cpu_time)
      : meter_(meter), usage_(usage), sink_(sink), log_(log), own_cpu_time_(own_cpu_time) {}

  /// Reads and appends. Returns the instant of the sample once it survives the death of this
  /// process.
  Result<BootTime> sample();

 private:
  NodeSample take();
  void tell(const Status& appended);

  Meter& meter_;
  HostUsage& usage_;
  RecordSink& sink_;
  Log& log_;
  OwnCpuTime own_cpu_time_;
  std::int64_t cpu_busy_microseconds_ = 0;
  std::uint64_t lost_ = 0;  // since the sink last worked
};

}  // namespace wattle::energy
