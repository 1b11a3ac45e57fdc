#include "wattle/energy/powercap_meter.h"

#include <algorithm>
#include <limits>
#include <map>

#include "wattle/base/text.h"
#include "wattle/energy/defaults.h"

namespace wattle::energy {
namespace {

constexpr std::string_view kFolder = "/sys/class/powercap";
constexpr std::string_view kPrefix = "intel-rapl:";
constexpr std::string_view kPlatform = "psys";  // "psys-1" on a second package
constexpr std::string_view kRemedy = "wattle doctor --fix rapl";

std::string zone_path(std::string_view zone) {
  return path_join(kFolder, zone);
}

/// "intel-rapl:0" for "intel-rapl:0:2", "" for a top-level zone.
std::string_view parent_of(std::string_view zone) {
  const auto colon = zone.rfind(':');
  return colon < kPrefix.size() ? std::string_view() : zone.substr(0, colon);
}

/// "0" out of "package-0"; "0-die-1" out of "package-0-die-1".
std::string_view number_of(std::string_view package) {
  return package.substr(std::min(package.find('-') + 1, package.size()));
}

Domain make_domain(std::string_view zone, std::string_view name, std::string_view parent_name) {
  Domain domain{.source = concat("powercap ", zone)};
  const bool top = parent_name.empty();
  domain.name = top ? std::string(name) : concat(name, "-", number_of(parent_name));
  if (name == "dram") {
    domain.component = Component::kDram;
    domain.error_cause = "rapl dram";
    domain.relative_sigma = defaults::kDramSigma;
    domain.idle_ratio = defaults::kDramIdleRatio;
  } else {
    domain.component = Component::kCpu;
    domain.error_cause = "rapl package";
    domain.relative_sigma = defaults::kPackageSigma;
    domain.idle_ratio = defaults::kPackageIdleRatio;
    domain.load_exponent = defaults::kPackageLoadExponent;
  }
  return domain;
}

}  // namespace

/// The zones of the folder that can be read, by name, and what stood in the way of the others.
struct PowercapMeter::Probe {
  struct Seen {
    std::string name;  // of the zone's file `name`
    Microjoules range{0};
  };
  std::map<std::string, Seen, std::less<>> zones;
  std::map<std::string, std::string, std::less<>> names;  // of all zones, also closed ones
  bool denied = false;

  void look(const SensorFiles& sensors, const std::string& zone, std::vector<Finding>& findings) {
    const std::string path = zone_path(zone);
    const std::string name = sensors.read_line(path + "/name");
    const auto energy = sensors.read_integer(path + "/energy_uj");
    names[zone] = name;
    if (energy && !name.empty()) {
      zones[zone] = {name,
                     Microjoules(sensors.read_integer(path + "/max_energy_range_uj").value_or(0))};
      return;
    }
    const bool closed = !energy && energy.error().code() == ErrorCode::kPermissionDenied;
    denied = denied || closed;
    findings.push_back({closed ? FindingKind::kDenied : FindingKind::kFaulty,
                        concat("powercap ", zone),
                        energy ? concat(path, "/name is empty") : energy.error().message(),
                        closed ? std::string(kRemedy) : ""});
  }
};

Result<std::unique_ptr<PowercapMeter>> PowercapMeter::create(FileSystem& files, const Clock& clock,
                                                             const std::string& root,
                                                             std::vector<Finding>& findings) {
  const SensorFiles sensors(files, root);
  Probe probe;
  for (const auto& zone : sensors.list(kFolder)) {
    if (zone.starts_with(kPrefix)) {
      probe.look(sensors, zone, findings);
    }
  }
  std::unique_ptr<PowercapMeter> meter(  // NOLINT: the constructor is private
      new PowercapMeter(sensors, clock));
  meter->add_zones(probe);
  if (!meter->zones_.empty()) {
    meter->add_board(findings);
    static_cast<void>(meter->read());  // the origin of all counters
    return meter;
  }
  if (probe.denied) {
    return Error(ErrorCode::kPermissionDenied,
                 concat("the energy counters below ", sensors.full_path(kFolder),
                        " are for root only; open them with: ", kRemedy));
  }
  return Error(ErrorCode::kUnavailable,
               concat("no energy counter below ", sensors.full_path(kFolder)));
}

void PowercapMeter::add_zones(const Probe& probe) {
  std::map<std::string, std::uint32_t, std::less<>> index;
  // In the order of the names a zone comes before its subzones.
  for (const auto& [zone, seen] : probe.zones) {
    const auto parent = parent_of(zone);
    const auto parent_name = probe.names.find(parent);
    if (!parent.empty() && parent_name == probe.names.end()) {
      continue;  // a subzone of nothing
    }
    Domain domain = make_domain(zone, seen.name, parent.empty() ? "" : parent_name->second);
    Zone made{zone_path(zone), std::move(domain), GuardedCounter(seen.range)};
    if (seen.name.starts_with(kPlatform)) {
      platforms_.push_back(std::move(made));
      continue;
    }
    const auto enclosing = index.find(parent);
    if (made.domain.component == Component::kCpu && enclosing != index.end()) {
      made.domain.part_of = enclosing->second;
    }
    index[zone] = static_cast<std::uint32_t>(zones_.size());
    domains_.push_back(made.domain);
    zones_.push_back(std::move(made));
  }
}

void PowercapMeter::add_board(std::vector<Finding>& findings) {
  if (platforms_.empty()) {
    return;
  }
  const bool has_package = std::ranges::any_of(
      domains_, [](const Domain& d) { return d.component == Component::kCpu && !d.part_of; });
  if (!has_package) {
    findings.push_back({FindingKind::kUnused, platforms_.front().domain.source,
                        "psys cannot be split without the counter of a package", ""});
    platforms_.clear();
    return;
  }
  domains_.push_back({.name = "board",
                      .component = Component::kBoard,
                      .quality = Quality::kCounter,
                      .source = platforms_.front().domain.source + " (psys - package - dram)",
                      .error_cause = "rapl psys",
                      .relative_sigma = defaults::kBoardSigma,
                      .idle_ratio = defaults::kBoardIdleRatio});
}

bool PowercapMeter::update(Zone& zone, BootTime at) {
  const auto raw = sensors_.read_integer(zone.path + "/energy_uj");
  return raw && zone.counter.update(Microjoules(*raw), at);
}

Reading PowercapMeter::read() {
  Reading reading{.at = clock_.boot_now()};
  for (auto& zone : zones_) {
    const bool fresh = update(zone, reading.at);
    reading.stale.push_back(!fresh);
    reading.energy.push_back(zone.counter.total());
  }
  if (!platforms_.empty()) {
    read_board(reading);
  }
  reading.utilisation.assign(domains_.size(), std::numeric_limits<double>::quiet_NaN());
  return reading;
}

void PowercapMeter::read_board(Reading& reading) {
  bool fresh = true;
  Microjoules whole{0};
  for (auto& platform : platforms_) {
    fresh = update(platform, reading.at) && fresh;
    whole += platform.counter.total();
  }
  Microjoules parts{0};
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    if (!zones_[i].domain.part_of) {
      parts += reading.energy[i];
      fresh = fresh && !reading.stale[i];
    }
  }
  if (fresh) {  // else later: counters are cumulative, so nothing is lost by waiting
    board_.update(whole, parts);
  }
  reading.energy.push_back(board_.total());
  reading.stale.push_back(!fresh);
}

std::uint64_t PowercapMeter::faults() const {
  std::uint64_t sum = 0;
  for (const auto* zones : {&zones_, &platforms_}) {
    for (const auto& zone : *zones) {
      sum += zone.counter.faults();
    }
  }
  return sum;
}

}  // namespace wattle::energy
