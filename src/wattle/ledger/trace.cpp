#include "wattle/ledger/trace.h"

#include <algorithm>

namespace wattle::ledger {
namespace {

using energy::RecordType;

/// The newest life in the trace if it continues `description`, else a new one.
MeterLife& life_for(NodeTrace& trace, const energy::NodeDescription& description) {
  if (trace.lives.empty() || trace.lives.back().description.meter != description.meter) {
    trace.lives.push_back({.description = description, .samples = {}});
  }
  return trace.lives.back();
}

void add_sample(NodeTrace& trace, MeterLife& life, energy::NodeSample sample) {
  const bool fits = sample.energy.size() == life.description.domains.size();
  const bool later = life.samples.empty() || life.samples.back().at < sample.at;
  // Two meters cannot sample at once (one holds the lock); what a dying one wrote late must not
  // overlap.
  const bool after_previous_life =
      trace.lives.size() < 2 || trace.lives[trace.lives.size() - 2].samples.empty() ||
      trace.lives[trace.lives.size() - 2].samples.back().at < sample.at;
  if (fits && later && after_previous_life) {
    life.samples.push_back(std::move(sample));
  }
}

void add_node_segment(NodeTrace& trace, const store::Segment& segment) {
  MeterLife* life = nullptr;
  for (const auto& record : segment.records) {
    if (record.type == static_cast<std::uint8_t>(RecordType::kNodeDescription)) {
      const auto description = energy::decode_node_description(record);
      life = description.ok() ? &life_for(trace, *description) : nullptr;
    } else if (record.type == static_cast<std::uint8_t>(RecordType::kNodeSample) &&
               life != nullptr) {
      if (auto sample = energy::decode_node_sample(record); sample.ok()) {
        add_sample(trace, *life, std::move(*sample));
      }
    }
  }
}

/// When a segment's last sample was taken; its header's time when it has none.
UtcTime end_of(const store::Segment& segment) {
  for (auto record = segment.records.rbegin(); record != segment.records.rend(); ++record) {
    if (const auto sample = energy::decode_node_sample(*record); sample.ok()) {
      return segment.header.to_utc(sample->at);
    }
  }
  return segment.header.utc;
}

NodeTrace& trace_of_boot(std::vector<NodeTrace>& traces, const store::SegmentHeader& header) {
  const auto known = std::ranges::find(traces, header.boot_id, &NodeTrace::boot_id);
  if (known != traces.end()) {
    return *known;
  }
  traces.push_back({.host = header.host, .boot_id = header.boot_id});
  return traces.back();
}

void add_group_segment(GroupTrace& trace, const store::Segment& segment) {
  trace.host = segment.header.host;
  trace.boot_id = segment.header.boot_id;
  for (const auto& record : segment.records) {
    if (auto description = energy::decode_group_description(record); description.ok()) {
      trace.description = std::move(*description);
    } else if (auto sample = energy::decode_group_sample(record);
               sample.ok() && (trace.empty() || trace.end() < sample->at)) {
      trace.samples.push_back(*sample);
    } else if (auto observation = energy::decode_observation(record); observation.ok()) {
      trace.observations.push_back(std::move(*observation));
    }
  }
}

double value_at(const GroupTrace& trace, BootTime instant,
                std::int64_t energy::GroupSample::* member) {
  if (trace.empty()) {
    return 0;
  }
  const auto after = std::ranges::lower_bound(trace.samples, instant, {}, &energy::GroupSample::at);
  if (after == trace.samples.begin()) {
    return static_cast<double>((*after).*member);
  }
  if (after == trace.samples.end()) {
    return static_cast<double>(trace.samples.back().*member);
  }
  const auto before = std::prev(after);
  const double fraction = (instant - before->at) / (after->at - before->at);
  const auto from = static_cast<double>((*before).*member);
  return from + fraction * (static_cast<double>((*after).*member) - from);
}

/// The parts of `life` that lie outside the spans of `lives`, each a life of its own.
std::vector<MeterLife> parts_outside(const MeterLife& life, const std::vector<MeterLife>& lives) {
  std::vector<MeterLife> parts;
  std::ptrdiff_t part_follows = -1;  // how many of `lives` have ended before the newest part
  for (const auto& sample : life.samples) {
    const auto over = std::ranges::count_if(
        lives, [&](const MeterLife& other) { return other.samples.back().at < sample.at; });
    const bool inside = std::ranges::any_of(lives, [&](const MeterLife& other) {
      return other.samples.front().at <= sample.at && sample.at <= other.samples.back().at;
    });
    if (inside) {
      continue;
    }
    if (over != part_follows) {
      parts.push_back({.description = life.description, .samples = {}});
      part_follows = over;
    }
    parts.back().samples.push_back(sample);
  }
  return parts;
}

/// Adds to `trace` what `other` saw while none of the meters of `trace` lived.
void merge_into(NodeTrace& trace, const NodeTrace& other) {
  // A single sample meters nothing, and would only cut the others' lives.
  std::erase_if(trace.lives, [](const MeterLife& life) { return life.samples.size() < 2; });
  std::vector<MeterLife> added;
  for (const auto& life : other.lives) {
    std::ranges::move(parts_outside(life, trace.lives), std::back_inserter(added));
  }
  std::ranges::move(added, std::back_inserter(trace.lives));
  std::ranges::sort(trace.lives, {}, [](const MeterLife& life) { return life.samples.front().at; });
  trace.anchors.insert(trace.anchors.end(), other.anchors.begin(), other.anchors.end());
  std::ranges::stable_sort(trace.anchors, {}, [](const auto& anchor) { return anchor.first; });
}

}  // namespace

std::vector<NodeTrace> merge_traces(std::vector<NodeTrace> preferred,
                                    std::vector<NodeTrace> others) {
  for (auto& other : others) {
    const auto same = std::ranges::find_if(preferred, [&](const NodeTrace& trace) {
      return trace.host == other.host && trace.boot_id == other.boot_id;
    });
    if (same == preferred.end()) {
      preferred.push_back(std::move(other));
    } else {
      merge_into(*same, other);
    }
  }
  return preferred;
}

Result<std::vector<NodeTrace>> read_node_traces(FileSystem& files, const std::string& folder,
                                                UtcTime from, UtcTime to) {
  WATTLE_ASSIGN_OR_RETURN(const auto segments, store::read_segments(files, folder));
  std::vector<NodeTrace> traces;
  for (const auto& segment : segments) {
    const bool wanted = to.ns == 0 || (segment.header.utc <= to && end_of(segment) >= from);
    if (wanted) {
      auto& trace = trace_of_boot(traces, segment.header);
      trace.anchors.emplace_back(segment.header.boot, segment.header.utc);
      add_node_segment(trace, segment);
    }
  }
  return traces;
}

UtcTime NodeTrace::to_utc(BootTime instant) const {
  WATTLE_CHECK(!anchors.empty(), "a trace is made of segments, and each has its clocks");
  auto after =
      std::ranges::upper_bound(anchors, instant, {}, [](const auto& pair) { return pair.first; });
  const auto& [boot, utc] = after == anchors.begin() ? *after : *std::prev(after);
  return {utc.ns + (instant.ns - boot.ns)};
}

Result<GroupTrace> read_group_trace(FileSystem& files, const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto segments, store::read_segments(files, folder));
  GroupTrace trace;
  for (const auto& segment : segments) {
    add_group_segment(trace, segment);
  }
  return trace;
}

double cpu_microseconds_at(const GroupTrace& trace, BootTime instant) {
  return value_at(trace, instant, &energy::GroupSample::cpu_microseconds);
}

double supervisor_microseconds_at(const GroupTrace& trace, BootTime instant) {
  return value_at(trace, instant, &energy::GroupSample::supervisor_cpu_microseconds);
}

}  // namespace wattle::ledger
