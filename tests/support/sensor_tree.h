// Generates the files that a kernel shows for energy sensors, as they would look at any instant of
// an invented load. Shares no code with the meters that read them: power is a function of time with
// a closed integral, and counters wrap by arithmetic of their own.
//
// Units:    watts, seconds since the tree was made, joules; files in the units of the kernel.
// Errors:   a file that cannot be written ends the test program.
// Threads:  one. Lifetime: the files stay after the object; put the tree into a TemporaryFolder.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wattle::support {

/// P(t) = base + swing * (1 - cos(2 pi t / period)) / 2, in watts; its energy in joules.
struct Load {
  double base = 0;
  double swing = 0;
  double period_seconds = 60;

  double power_at(double seconds) const;
  double energy_until(double seconds) const;
};

class SensorTree {
 public:
  /// A counter or power file. What it shows is the sum of its loads.
  struct Sensor {
    std::string path;  // "/sys/class/powercap/intel-rapl:0/energy_uj"
    std::vector<Load> loads;
    std::uint64_t start = 0;  // microjoules at second zero
    std::uint64_t range = 0;  // highest value of a counter, then 0; 0: never wraps
    bool is_power = false;    // microwatts instead of microjoules
  };

  explicit SensorTree(std::string root) : root_(std::move(root)) {}

  /// A powercap zone with its files name, energy_uj and max_energy_range_uj.
  void add_zone(const std::string& zone, const std::string& name, std::vector<Load> loads,
                std::uint64_t range = 262'143'328'850, std::uint64_t start = 1'000'000);
  /// A file of a hwmon chip, which is made with its name file.
  void add_hwmon(const std::string& hwmon, const std::string& chip, const std::string& file,
                 std::vector<Load> loads, bool is_power);
  /// /proc/stat, /proc/cpuinfo, /proc/meminfo and topology of packages of four CPUs each, all busy
  /// for `busy_ratio` of the time.
  void add_host(int packages, double busy_ratio);
  void write(std::string_view path, std::string_view content) const;
  void remove(std::string_view path) const;

  /// Writes all files as they look at this instant.
  void show(double seconds);
  double energy_until(std::string_view path, double seconds) const;
  const std::string& root() const { return root_; }

 private:
  void show_host() const;

  std::string root_;
  std::map<std::string, Sensor, std::less<>> sensors_;
  double seconds_ = 0;
  int packages_ = 0;
  double busy_ratio_ = 0;
};

// Trees of kinds of hosts. What their parts use in truth: package 0 and 1, DRAM and the board.
inline constexpr Load kPackage0{8, 40, 37};
inline constexpr Load kPackage1{30, 100, 53};
inline constexpr Load kCores{4, 30, 37};
inline constexpr Load kDram{3, 6, 41};
inline constexpr Load kBoard{12, 4, 101};

/// One package with core, uncore and dram, and psys over all; a zone of intel-rapl-mmio besides.
SensorTree make_intel_client(const std::string& root);
/// Two packages with dram, and counters that soon wrap.
SensorTree make_intel_server(const std::string& root);
/// Package and core only.
SensorTree make_amd(const std::string& root);
/// A virtual machine: no sensor.
SensorTree make_bare(const std::string& root);

}  // namespace wattle::support
