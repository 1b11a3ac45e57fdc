// The records that meters and supervisors leave behind, and that settlement reads back: what the
// node used in all, and what each process group used of it. Both are cumulative and stamped with
// the same boot clock.
//
// Units:    Microjoules, microseconds of CPU time, bytes, BootTime.
// Errors:   decoding returns kParse for a record that is cut or of another version.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wattle/base/record.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/energy/meter.h"

namespace wattle::energy {

/// Types of Record. Numbers are for ever.
enum class RecordType : std::uint8_t {
  kNodeDescription = 1,
  kNodeSample = 2,
  kGroupDescription = 16,
  kGroupSample = 17,
  kObservation = 18,
};

/// Opens every segment of a node meter: what the samples after it mean.
struct NodeDescription {
  std::string meter;  // one meter's life (a ULID): counters of two lives have different origins
  std::vector<Domain> domains;
  std::uint32_t logical_cpus = 1;
  Seconds period{1};  // of the shared ticks: instants whose boot time is a multiple of it

  bool operator==(const NodeDescription&) const = default;
};

struct NodeSample {
  BootTime at;
  std::vector<Microjoules> energy;  // as Reading
  std::vector<bool> stale;
  std::vector<double> utilisation;
  std::int64_t cpu_busy_microseconds =
      0;  // of all CPUs together, since boot (user, nice, system, irq, softirq)
  std::int64_t meter_cpu_microseconds = 0;  // of the meter process itself: platform
  std::vector<GpuProcess> processes;

  bool operator==(const NodeSample&) const = default;
};

/// Opens every segment of a supervisor: whose usage the samples are.
struct GroupDescription {
  std::string run;
  std::uint32_t attempt = 1;
  std::string project = "default";
  double reserved_cpus = 0;  // CPUs that nobody else may use; 0: none are reserved
  std::string accounting;    // rung of the ladder in use: "cgroup2", "cgroup1", "subreaper"

  /// "RUN/ATTEMPT": what WATTLE_ATTEMPT holds in the job's environment.
  std::string owner() const { return run + "/" + std::to_string(attempt); }
  bool operator==(const GroupDescription&) const = default;
};

/// Cumulative use of a process group, including every descendant that has ended.
struct GroupSample {
  BootTime at;
  std::int64_t cpu_microseconds = 0;
  std::int64_t supervisor_cpu_microseconds = 0;  // of the supervisor itself: platform
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
  std::int64_t memory_bytes = 0;       // now
  std::int64_t memory_peak_bytes = 0;  // so far
  std::uint32_t processes = 0;

  bool operator==(const GroupSample&) const = default;
};

/// A process, told from others that have had its number.
struct ProcessIdentity {
  std::int32_t pid = 0;
  std::int64_t start_ticks = 0;  // since boot; 0: not known

  bool operator==(const ProcessIdentity&) const = default;
};

/// What an attempt watches from outside. What these processes use is in its samples, and may also
/// be in those of others: of the attempt that they belong to, and of whoever watches them too.
struct Observation {
  BootTime at;
  std::string within;                     // owner of the attempt that they belong to; "": none
  std::vector<ProcessIdentity> ancestry;  // the observed process first, then its parents
  std::vector<std::int32_t> members;      // it and its descendants, from now on

  bool operator==(const Observation&) const = default;
};

Record encode(const NodeDescription& description);
Record encode(const NodeSample& sample);
Record encode(const GroupDescription& description);
Record encode(const GroupSample& sample);
Record encode(const Observation& observation);

Result<NodeDescription> decode_node_description(const Record& record);
Result<NodeSample> decode_node_sample(const Record& record);
Result<GroupDescription> decode_group_description(const Record& record);
Result<GroupSample> decode_group_sample(const Record& record);
Result<Observation> decode_observation(const Record& record);

}  // namespace wattle::energy
