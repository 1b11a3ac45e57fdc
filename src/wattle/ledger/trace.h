// What a host and its process groups recorded, read back from segments and put in order for
// settlement.
//
// Units:    as energy/records.h. Time is the boot clock of one boot; `to_utc` of the trace ties it
// to UTC. Errors:   a segment that cannot be read as ours is skipped and counted; missing folders
// are empty traces. Threads:  pure functions over values. Lifetime: value types.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/energy/records.h"
#include "wattle/store/segment.h"

namespace wattle::ledger {

/// Samples of one meter's life: their counters share an origin, so their differences are energy.
struct MeterLife {
  energy::NodeDescription description;
  std::vector<energy::NodeSample> samples;  // strictly increasing in `at`
};

/// Everything that was metered on one host during one boot, oldest first; lives do not overlap.
struct NodeTrace {
  std::string host;
  std::string boot_id;
  std::vector<MeterLife> lives;
  /// Pairs of the two clocks, one for each segment: a step of UTC began a new one. In order of boot
  /// time.
  std::vector<std::pair<BootTime, UtcTime>> anchors;

  /// By the last anchor before the instant. REQUIRES: at least one anchor.
  UtcTime to_utc(BootTime instant) const;
};

/// The recorded use of one process group: one attempt of one run.
struct GroupTrace {
  std::string host;
  std::string boot_id;
  energy::GroupDescription description;
  std::vector<energy::GroupSample> samples;       // strictly increasing in `at`
  std::vector<energy::Observation> observations;  // of processes that it only watches

  bool empty() const { return samples.empty(); }
  BootTime begin() const { return samples.front().at; }
  BootTime end() const { return samples.back().at; }
};

/// The traces in a node meter's folder, one for each boot, in the order of writing. `from` and `to`
/// (UTC) leave out segments that lie outside; 0 and 0 take all.
Result<std::vector<NodeTrace>> read_node_traces(FileSystem& files, const std::string& folder,
                                                UtcTime from, UtcTime to);
/// One trace for each host and boot out of those of several meters: what `preferred` has, and what
/// `others` saw before, between and after its lives. Their samples within those lives are dropped,
/// so that no joule is there twice; at each change of meter at most one period is a gap.
std::vector<NodeTrace> merge_traces(std::vector<NodeTrace> preferred,
                                    std::vector<NodeTrace> others);
/// The trace in the usage folder of an attempt; empty when it never ran.
Result<GroupTrace> read_group_trace(FileSystem& files, const std::string& folder);

/// Cumulative CPU time of the group at an instant, between its samples by a straight line; before
/// the first and after the last sample it stands still. Microseconds.
double cpu_microseconds_at(const GroupTrace& trace, BootTime instant);
double supervisor_microseconds_at(const GroupTrace& trace, BootTime instant);

}  // namespace wattle::ledger
