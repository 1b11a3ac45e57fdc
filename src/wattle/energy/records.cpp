#include "wattle/energy/records.h"

#include "wattle/base/bytes.h"
#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kMostItems = 4096;  // domains or processes in one record

Record finish(RecordType type, const ByteWriter& writer) {
  return {static_cast<std::uint8_t>(type), writer.bytes()};
}

/// A reader behind the version byte, or what is wrong.
Result<ByteReader> begin(const Record& record, RecordType type) {
  ByteReader reader(record.payload);
  if (record.type != static_cast<std::uint8_t>(type) || reader.u8() != kVersion) {
    return Error(ErrorCode::kParse, concat("a record of type ", static_cast<int>(record.type),
                                           " is of another kind or version"));
  }
  return reader;
}

template <typename T>
Result<T> complete(const ByteReader& reader, T value) {
  if (!reader.ok() || !reader.at_end()) {
    return Error(ErrorCode::kParse, "a record is cut or too long");
  }
  return value;
}

std::uint64_t bounded_count(ByteReader& reader) {
  return std::min(reader.varint(), kMostItems);
}

void write_domain(ByteWriter& writer, const Domain& domain) {
  writer.text(domain.name);
  writer.u8(static_cast<std::uint8_t>(domain.component));
  writer.u8(static_cast<std::uint8_t>(domain.quality));
  writer.text(domain.source);
  writer.text(domain.error_cause);
  writer.f64(domain.relative_sigma);
  writer.varint(domain.part_of ? *domain.part_of + std::uint64_t{1} : 0);
  writer.f64(domain.idle_ratio);
  writer.f64(domain.load_exponent);
}

Domain read_domain(ByteReader& reader) {
  Domain domain;
  domain.name = reader.text();
  domain.component = static_cast<Component>(std::min<std::uint8_t>(reader.u8(), 3));
  domain.quality = static_cast<Quality>(std::min<std::uint8_t>(reader.u8(), 4));
  domain.source = reader.text();
  domain.error_cause = reader.text();
  domain.relative_sigma = reader.f64();
  if (const std::uint64_t parent = reader.varint(); parent != 0) {
    domain.part_of = static_cast<std::uint32_t>(parent - 1);
  }
  domain.idle_ratio = reader.f64();
  domain.load_exponent = reader.f64();
  return domain;
}

void write_processes(ByteWriter& writer, const std::vector<GpuProcess>& processes) {
  writer.varint(processes.size());
  for (const auto& process : processes) {
    writer.varint(process.domain);
    writer.varint(static_cast<std::uint64_t>(process.pid));
    writer.text(process.owner);
    writer.i64(process.busy_microseconds);
  }
}

std::vector<GpuProcess> read_processes(ByteReader& reader) {
  std::vector<GpuProcess> processes(bounded_count(reader));
  for (auto& process : processes) {
    process.domain = static_cast<std::uint32_t>(reader.varint());
    process.pid = static_cast<std::int32_t>(reader.varint());
    process.owner = reader.text();
    process.busy_microseconds = reader.i64();
  }
  return processes;
}

}  // namespace

Record encode(const NodeDescription& description) {
  ByteWriter writer;
  writer.u8(kVersion);
  writer.text(description.meter);
  writer.varint(description.domains.size());
  for (const auto& domain : description.domains) {
    write_domain(writer, domain);
  }
  writer.u32(description.logical_cpus);
  writer.f64(description.period.value());
  return finish(RecordType::kNodeDescription, writer);
}

Result<NodeDescription> decode_node_description(const Record& record) {
  WATTLE_ASSIGN_OR_RETURN(auto reader, begin(record, RecordType::kNodeDescription));
  NodeDescription description;
  description.meter = reader.text();
  description.domains.resize(bounded_count(reader));
  for (auto& domain : description.domains) {
    domain = read_domain(reader);
  }
  description.logical_cpus = reader.u32();
  description.period = Seconds(reader.f64());
  return complete(reader, std::move(description));
}

Record encode(const NodeSample& sample) {
  ByteWriter writer;
  writer.u8(kVersion);
  writer.i64(sample.at.ns);
  writer.varint(sample.energy.size());
  for (std::size_t i = 0; i < sample.energy.size(); ++i) {
    writer.i64(sample.energy[i].value());
    writer.u8(sample.stale[i] ? 1 : 0);
    writer.f64(sample.utilisation[i]);
  }
  writer.i64(sample.cpu_busy_microseconds);
  writer.i64(sample.meter_cpu_microseconds);
  write_processes(writer, sample.processes);
  return finish(RecordType::kNodeSample, writer);
}

Result<NodeSample> decode_node_sample(const Record& record) {
  WATTLE_ASSIGN_OR_RETURN(auto reader, begin(record, RecordType::kNodeSample));
  NodeSample sample;
  sample.at.ns = reader.i64();
  const auto count = bounded_count(reader);
  for (std::uint64_t i = 0; i < count; ++i) {
    sample.energy.emplace_back(reader.i64());
    sample.stale.push_back(reader.u8() != 0);
    sample.utilisation.push_back(reader.f64());
  }
  sample.cpu_busy_microseconds = reader.i64();
  sample.meter_cpu_microseconds = reader.i64();
  sample.processes = read_processes(reader);
  return complete(reader, std::move(sample));
}

Record encode(const GroupDescription& description) {
  ByteWriter writer;
  writer.u8(kVersion);
  writer.text(description.run);
  writer.u32(description.attempt);
  writer.text(description.project);
  writer.f64(description.reserved_cpus);
  writer.text(description.accounting);
  return finish(RecordType::kGroupDescription, writer);
}

Result<GroupDescription> decode_group_description(const Record& record) {
  WATTLE_ASSIGN_OR_RETURN(auto reader, begin(record, RecordType::kGroupDescription));
  GroupDescription description;
  description.run = reader.text();
  description.attempt = reader.u32();
  description.project = reader.text();
  description.reserved_cpus = reader.f64();
  description.accounting = reader.text();
  return complete(reader, std::move(description));
}

Record encode(const GroupSample& sample) {
  ByteWriter writer;
  writer.u8(kVersion);
  writer.i64(sample.at.ns);
  writer.i64(sample.cpu_microseconds);
  writer.i64(sample.supervisor_cpu_microseconds);
  writer.i64(sample.read_bytes);
  writer.i64(sample.written_bytes);
  writer.i64(sample.memory_bytes);
  writer.i64(sample.memory_peak_bytes);
  writer.u32(sample.processes);
  return finish(RecordType::kGroupSample, writer);
}

Result<GroupSample> decode_group_sample(const Record& record) {
  WATTLE_ASSIGN_OR_RETURN(auto reader, begin(record, RecordType::kGroupSample));
  GroupSample sample;
  sample.at.ns = reader.i64();
  sample.cpu_microseconds = reader.i64();
  sample.supervisor_cpu_microseconds = reader.i64();
  sample.read_bytes = reader.i64();
  sample.written_bytes = reader.i64();
  sample.memory_bytes = reader.i64();
  sample.memory_peak_bytes = reader.i64();
  sample.processes = reader.u32();
  return complete(reader, sample);
}

Record encode(const Observation& observation) {
  ByteWriter writer;
  writer.u8(kVersion);
  writer.i64(observation.at.ns);
  writer.text(observation.within);
  writer.varint(observation.ancestry.size());
  for (const auto& process : observation.ancestry) {
    writer.varint(static_cast<std::uint64_t>(process.pid));
    writer.i64(process.start_ticks);
  }
  const auto members = std::min<std::uint64_t>(observation.members.size(), kMostItems);
  writer.varint(members);
  for (std::uint64_t i = 0; i < members; ++i) {
    writer.varint(static_cast<std::uint64_t>(observation.members[i]));
  }
  return finish(RecordType::kObservation, writer);
}

Result<Observation> decode_observation(const Record& record) {
  WATTLE_ASSIGN_OR_RETURN(auto reader, begin(record, RecordType::kObservation));
  Observation observation;
  observation.at.ns = reader.i64();
  observation.within = reader.text();
  observation.ancestry.resize(bounded_count(reader));
  for (auto& process : observation.ancestry) {
    process.pid = static_cast<std::int32_t>(reader.varint());
    process.start_ticks = reader.i64();
  }
  observation.members.resize(bounded_count(reader));
  for (auto& member : observation.members) {
    member = static_cast<std::int32_t>(reader.varint());
  }
  return complete(reader, std::move(observation));
}

}  // namespace wattle::energy
