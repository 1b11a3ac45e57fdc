// Reads power and energy sensors of Linux hwmon: AMD socket energy, the ACPI power meter of a
// server, shunt monitors of embedded boards, X-Gene processors.
//
// Domains:  amd_energy: package-N from "Esocket" counters; xgene: package-0 (CPU power) ; ina2xx,
// ina219, ina226, ina3221: "board-<hwmon>-<channel>" each; ACPI power_meter: "board", which is
// the whole node as its supply delivers it, less the sockets read here. A composite takes off what
// other meters read. Only one kind of whole-node sensor is used; shunt monitors are left out
// beside an ACPI meter, because they would measure inside it.
// Units:    Microjoules; powers are integrated by the trapezoid between readings.
// Errors:   create() as Meter. Threads: one thread. Lifetime: borrows its FileSystem and Clock.
// See:      Documentation/hwmon/{amd_energy,acpi_power_meter,ina2xx,ina3221}.rst of the kernel.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "wattle/energy/counter.h"
#include "wattle/energy/finding.h"
#include "wattle/energy/meter.h"
#include "wattle/energy/sensor_files.h"

namespace wattle::energy {

class HwmonMeter final : public Meter {
 public:
  struct Options {
    std::string root = "/";
    bool packages = true;  // false: another meter reads them better
    bool board = true;     // likewise
  };
  /// Looks at <root>/sys/class/hwmon.
  static Result<std::unique_ptr<HwmonMeter>> create(FileSystem& files, const Clock& clock,
                                                    const Options& options,
                                                    std::vector<Finding>& findings);

  const std::vector<Domain>& domains() const override { return domains_; }
  Reading read() override;

 private:
  struct Sensor {
    std::string path;                                      // of the value
    std::variant<GuardedCounter, PowerIntegrator> energy;  // µJ counter, or µW to integrate
    Domain domain;
    bool is_whole_node = false;
  };
  class Probe;

  HwmonMeter(SensorFiles sensors, const Clock& clock) : sensors_(sensors), clock_(clock) {}
  void keep(const Options& options, std::vector<Finding>& findings);
  void keep_disjoint(std::vector<Finding>& findings);
  bool update(Sensor& sensor, BootTime at);
  static Microjoules total(const Sensor& sensor);

  SensorFiles sensors_;
  const Clock& clock_;
  std::vector<Sensor> found_;
  Residual board_;
  std::vector<Domain> domains_;
};

}  // namespace wattle::energy
