#include "wattle/energy/hwmon_meter.h"

#include <algorithm>
#include <limits>

#include "wattle/base/text.h"
#include "wattle/energy/defaults.h"

namespace wattle::energy {
namespace {

constexpr std::string_view kFolder = "/sys/class/hwmon";
constexpr double kMicrowatts = 1e-6;
// "power1_accuracy" bounds the error; a bound of two standard deviations.
constexpr double kSigmasOfAccuracy = 2;

bool is_shunt_monitor(std::string_view chip) {
  return chip.starts_with("ina2") || chip == "ina3221";
}

/// Relative standard deviation out of "95.0%", or the default.
double sigma_from_accuracy(const std::string& text) {
  const std::string_view line = text;
  const auto percent = parse_number(line.substr(0, line.find('%')));
  if (!percent || *percent <= 0 || *percent > 100) {
    return defaults::kHwmonSigma;
  }
  return (1 - *percent / 100) / kSigmasOfAccuracy;
}

Domain cpu_domain(std::string name, Quality quality) {
  return {.name = std::move(name),
          .component = Component::kCpu,
          .quality = quality,
          .error_cause = "hwmon package",
          .relative_sigma = defaults::kPackageSigma,
          .idle_ratio = defaults::kPackageIdleRatio,
          .load_exponent = defaults::kPackageLoadExponent};
}

Domain board_domain(std::string name, double sigma) {
  return {.name = std::move(name),
          .component = Component::kBoard,
          .quality = Quality::kIntegrated,
          .error_cause = "hwmon board",
          .relative_sigma = sigma,
          .idle_ratio = defaults::kBoardIdleRatio};
}

}  // namespace

/// Looks at one chip after another and collects what can be metered.
class HwmonMeter::Probe {
 public:
  Probe(HwmonMeter& meter, std::vector<Finding>& findings) : meter_(meter), findings_(findings) {}

  void look(const std::string& hwmon) {
    folder_ = path_join(kFolder, hwmon);
    hwmon_ = hwmon;
    chip_ = meter_.sensors_.read_line(folder_ + "/name");
    if (chip_ == "amd_energy") {
      look_for_sockets();
    } else if (chip_ == "power_meter") {
      add("power1_average", PowerIntegrator(),
          board_domain("board", sigma_from_accuracy(
                                    meter_.sensors_.read_line(folder_ + "/power1_accuracy"))),
          true);
    } else if (chip_ == "apm_xgene") {
      add("power1_input", PowerIntegrator(), cpu_domain("package-0", Quality::kIntegrated));
    } else if (is_shunt_monitor(chip_)) {
      look_for_channels();
    }
  }
  bool denied() const { return denied_; }

 private:
  void look_for_sockets() {
    constexpr std::string_view kSocket = "Esocket";
    for (const auto& file : meter_.sensors_.list(folder_)) {
      const auto label = file.rfind("_label");
      const std::string name = meter_.sensors_.read_line(path_join(folder_, file));
      if (!file.starts_with("energy") || label == std::string::npos || !name.starts_with(kSocket)) {
        continue;  // "Ecore": inside the sockets, and one file per core
      }
      add(file.substr(0, label) + "_input", GuardedCounter(Microjoules(0)),
          cpu_domain("package-" + name.substr(kSocket.size()), Quality::kCounter));
    }
  }

  void look_for_channels() {
    for (const auto& file : meter_.sensors_.list(folder_)) {
      if (file.starts_with("power") && file.ends_with("_input")) {
        const auto channel = file.substr(5, file.size() - 11);
        add(file, PowerIntegrator(),
            board_domain(concat("board-", hwmon_, "-", channel), defaults::kHwmonSigma));
      }
    }
  }

  void add(const std::string& file, std::variant<GuardedCounter, PowerIntegrator> energy,
           Domain domain, bool is_whole_node = false) {
    domain.source = concat("hwmon ", chip_, " ", hwmon_, "/", file);
    const std::string path = path_join(folder_, file);
    if (const auto value = meter_.sensors_.read_integer(path); !value) {
      const bool closed = value.error().code() == ErrorCode::kPermissionDenied;
      denied_ = denied_ || closed;
      findings_.push_back({closed ? FindingKind::kDenied : FindingKind::kFaulty, domain.source,
                           value.error().message(), closed ? "wattle doctor --fix rapl" : ""});
      return;
    }
    meter_.found_.push_back({path, std::move(energy), std::move(domain), is_whole_node});
  }

  HwmonMeter& meter_;
  std::vector<Finding>& findings_;
  std::string hwmon_;
  std::string folder_;
  std::string chip_;
  bool denied_ = false;
};

Result<std::unique_ptr<HwmonMeter>> HwmonMeter::create(FileSystem& files, const Clock& clock,
                                                       const Options& options,
                                                       std::vector<Finding>& findings) {
  const SensorFiles sensors(files, options.root);
  std::unique_ptr<HwmonMeter> meter(  // NOLINT: the constructor is private
      new HwmonMeter(sensors, clock));
  Probe probe(*meter, findings);
  for (const auto& hwmon : sensors.list(kFolder)) {
    probe.look(hwmon);
  }
  meter->keep(options, findings);
  meter->keep_disjoint(findings);
  if (!meter->found_.empty()) {
    static_cast<void>(meter->read());
    return meter;
  }
  if (probe.denied()) {
    return Error(ErrorCode::kPermissionDenied,
                 concat("the sensors below ", sensors.full_path(kFolder),
                        " are for root only; open them with: wattle doctor --fix rapl"));
  }
  return Error(ErrorCode::kUnavailable, concat("no power or energy sensor of a known kind below ",
                                               sensors.full_path(kFolder)));
}

void HwmonMeter::keep(const Options& options, std::vector<Finding>& findings) {
  std::erase_if(found_, [&](const Sensor& sensor) {
    const bool board = sensor.domain.component == Component::kBoard;
    const bool out = board ? !options.board : !options.packages;
    if (out) {
      findings.push_back(
          {FindingKind::kUnused, sensor.domain.source, "another counter says the same better", ""});
    }
    return out;
  });
}

void HwmonMeter::keep_disjoint(std::vector<Finding>& findings) {
  const bool has_whole = std::ranges::any_of(found_, &Sensor::is_whole_node);
  bool whole_is_taken = false;
  std::erase_if(found_, [&](const Sensor& sensor) {
    const bool board = sensor.domain.component == Component::kBoard;
    const bool out = board && has_whole && (!sensor.is_whole_node || whole_is_taken);
    whole_is_taken = whole_is_taken || sensor.is_whole_node;
    if (out) {
      findings.push_back({FindingKind::kUnused, sensor.domain.source,
                          "measures inside the node that an ACPI power meter measures whole", ""});
    }
    return out;
  });
  // The residual is taken from what was read before it, so it comes last.
  std::ranges::stable_partition(found_, [](const Sensor& s) { return !s.is_whole_node; });
  for (const auto& sensor : found_) {
    domains_.push_back(sensor.domain);
  }
}

bool HwmonMeter::update(Sensor& sensor, BootTime at) {
  const auto raw = sensors_.read_integer(sensor.path);
  if (!raw) {
    return false;
  }
  if (auto* counter = std::get_if<GuardedCounter>(&sensor.energy)) {
    return counter->update(Microjoules(*raw), at);
  }
  return std::get<PowerIntegrator>(sensor.energy)
      .update(Watts(static_cast<double>(*raw) * kMicrowatts), at);
}

Microjoules HwmonMeter::total(const Sensor& sensor) {
  return std::visit([](const auto& energy) { return energy.total(); }, sensor.energy);
}

Reading HwmonMeter::read() {
  Reading reading{.at = clock_.boot_now()};
  Microjoules parts{0};
  bool parts_fresh = true;
  for (auto& sensor : found_) {
    bool fresh = update(sensor, reading.at);
    Microjoules energy = total(sensor);
    if (sensor.is_whole_node) {
      fresh = fresh && parts_fresh;
      if (fresh) {
        board_.update(energy, parts);
      }
      energy = board_.total();
    }
    parts += energy;
    parts_fresh = parts_fresh && fresh;
    reading.energy.push_back(energy);
    reading.stale.push_back(!fresh);
  }
  reading.utilisation.assign(domains_.size(), std::numeric_limits<double>::quiet_NaN());
  return reading;
}

}  // namespace wattle::energy
