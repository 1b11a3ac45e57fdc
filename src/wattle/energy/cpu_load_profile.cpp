#include "wattle/energy/cpu_load_profile.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "wattle/base/csv.h"
#include "wattle/base/text.h"
#include "wattle/energy/cpu_table.h"

namespace wattle::energy {
namespace {

enum Column : std::size_t {
  kCpuName,
  kLoadType,
  kLoad,
  kClock,
  kCores,
  kWatts,
  kKwh,
  kSeconds,
  kEstimate,
  kColumns
};
constexpr std::array<std::string_view, kColumns> kColumnNames{
    "cpu_name",   "load_type",   "cpu_load", "cpu_freq",       "cores_used",
    "rapl_power", "rapl_energy", "duration", "estimated_power"};
using Positions = std::array<std::size_t, kColumns>;

struct Row {
  std::string cpu_name;
  LoadPoint point;  // its frequency is in MHz until the highest is known
  int cores = 0;
};

Result<std::vector<std::string>> csv_files(FileSystem& files, const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  std::vector<std::string> paths;
  for (const auto& name : names) {
    if (name.ends_with(".csv") || name.ends_with(".csv.gz")) {
      paths.push_back(path_join(folder, name));
    }
  }
  if (paths.empty()) {
    return Error(ErrorCode::kNotFound,
                 concat("no load profile (*.csv) in '", folder, "'; name a folder that has some"));
  }
  return paths;
}

Result<Positions> find_columns(const CsvReader& reader) {
  Positions positions{};
  for (std::size_t i = 0; i < kColumns; ++i) {
    WATTLE_ASSIGN_OR_RETURN(positions[i], reader.column(kColumnNames[i]));
  }
  return positions;
}

Result<Row> to_row(const CsvReader& reader, const std::vector<std::string>& fields,
                   const Positions& at) {
  std::array<double, kColumns> number{};
  for (std::size_t i = kLoad; i < kColumns; ++i) {
    const auto parsed = parse_number(fields[at[i]]);
    if (!parsed || *parsed < 0) {
      return reader.error(concat("column ", kColumnNames[i], ": '", fields[at[i]],
                                 "' is no number of zero or more"));
    }
    number[i] = *parsed;
  }
  if (number[kSeconds] <= 0) {
    return reader.error("column duration: a row must last longer than zero seconds");
  }
  Row row;
  row.cpu_name = fields[at[kCpuName]];
  row.cores = static_cast<int>(std::min(number[kCores], 1e6));
  row.point.load_type = fields[at[kLoadType]];
  row.point.activity.load = number[kLoad] / 100;
  row.point.activity.relative_frequency = number[kClock];
  row.point.column_power = Watts(number[kWatts]);
  row.point.counter_power = from_kilowatt_hours(number[kKwh]) / Seconds(number[kSeconds]);
  row.point.codecarbon_power = Watts(number[kEstimate]);
  return row;
}

Status read_file(const std::string& path, std::vector<LoadProfile>& hosts) {
  WATTLE_ASSIGN_OR_RETURN(const auto reader, CsvReader::open(path));
  WATTLE_ASSIGN_OR_RETURN(const Positions positions, find_columns(*reader));
  while (true) {
    WATTLE_ASSIGN_OR_RETURN(const std::vector<std::string>* fields, reader->next());
    if (fields == nullptr) {
      return {};
    }
    WATTLE_ASSIGN_OR_RETURN(Row row, to_row(*reader, *fields, positions));
    auto host = std::ranges::find(hosts, row.cpu_name, &LoadProfile::name);
    if (host == hosts.end()) {
      host = hosts.insert(host, LoadProfile{row.cpu_name, {}, {}, {}});
      host->cpu.model_name = row.cpu_name;
    }
    host->cpu.logical_cpus = std::max(host->cpu.logical_cpus, row.cores);
    host->points.push_back(std::move(row.point));
  }
}

/// What the files do not say about the host outright: the number of packages, from the power that
/// CodeCarbon took as rated (its estimate at full load is near it), and the highest clock, which
/// is the highest that any row shows. No measured power goes in.
void complete(LoadProfile& host) {
  double highest_clock = 0;
  double highest_estimate = 0;
  for (const auto& point : host.points) {
    highest_clock = std::max(highest_clock, *point.activity.relative_frequency);
    highest_estimate = std::max(highest_estimate, point.codecarbon_power.value());
  }
  const auto package = find_cpu_package(host.name);
  host.rated = package ? package->tdp : Watts(highest_estimate);
  if (package) {
    host.cpu.sockets =
        std::max(1, static_cast<int>(std::lround(highest_estimate / package->tdp.value())));
    host.rated = package->tdp * host.cpu.sockets;
  }
  for (auto& point : host.points) {
    if (highest_clock > 0) {
      *point.activity.relative_frequency /= highest_clock;
    } else {
      point.activity.relative_frequency.reset();
    }
  }
}

}  // namespace

bool LoadPoint::column_is_faulty() const {
  constexpr double kContradiction = 10;
  return column_power.value() * kContradiction < counter_power.value();
}

Result<std::vector<LoadProfile>> read_load_profiles(FileSystem& files, const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, csv_files(files, folder));
  std::vector<LoadProfile> hosts;
  for (const auto& path : paths) {
    WATTLE_RETURN_IF_ERROR(read_file(path, hosts));
  }
  for (auto& host : hosts) {
    complete(host);
  }
  return hosts;
}

}  // namespace wattle::energy
