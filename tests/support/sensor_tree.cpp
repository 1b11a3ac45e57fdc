#include "sensor_tree.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <sstream>

namespace wattle::support {
namespace {

constexpr int kCpusPerPackage = 4;
constexpr double kTicksPerSecond = 100;  // USER_HZ of Linux
constexpr const char* kPowercap = "/sys/class/powercap/";

double total_power(const std::vector<Load>& loads, double seconds) {
  double sum = 0;
  for (const auto& load : loads) {
    sum += load.power_at(seconds);
  }
  return sum;
}

double total_energy(const std::vector<Load>& loads, double seconds) {
  double sum = 0;
  for (const auto& load : loads) {
    sum += load.energy_until(seconds);
  }
  return sum;
}

std::uint64_t shown_value(const SensorTree::Sensor& sensor, double seconds) {
  if (sensor.is_power) {
    return static_cast<std::uint64_t>(total_power(sensor.loads, seconds) * 1e6);
  }
  auto value = sensor.start + static_cast<std::uint64_t>(total_energy(sensor.loads, seconds) * 1e6);
  while (sensor.range != 0 && value > sensor.range) {
    value -= sensor.range;
    value -= 1;  // zero is a value as well
  }
  return value;
}

}  // namespace

double Load::power_at(double seconds) const {
  const double angle = 2 * std::numbers::pi * seconds / period_seconds;
  return base + swing * (1 - std::cos(angle)) / 2;
}

double Load::energy_until(double seconds) const {
  const double angle = 2 * std::numbers::pi * seconds / period_seconds;
  const double waves = std::sin(angle) * period_seconds / (2 * std::numbers::pi);
  return base * seconds + swing * (seconds - waves) / 2;
}

void SensorTree::write(std::string_view path, std::string_view content) const {
  const std::filesystem::path file = root_ + std::string(path);
  std::filesystem::create_directories(file.parent_path());
  if (!(std::ofstream(file, std::ios::binary) << content).flush()) {
    std::abort();
  }
}

void SensorTree::remove(std::string_view path) const {
  std::filesystem::remove_all(root_ + std::string(path));
}

void SensorTree::add_zone(const std::string& zone, const std::string& name, std::vector<Load> loads,
                          std::uint64_t range, std::uint64_t start) {
  const std::string folder = kPowercap + zone;
  write(folder + "/name", name + "\n");
  write(folder + "/max_energy_range_uj", std::to_string(range) + "\n");
  const std::string path = folder + "/energy_uj";
  sensors_[path] = {path, std::move(loads), start, range, false};
  show(seconds_);
}

void SensorTree::add_hwmon(const std::string& hwmon, const std::string& chip,
                           const std::string& file, std::vector<Load> loads, bool is_power) {
  const std::string folder = "/sys/class/hwmon/" + hwmon;
  write(folder + "/name", chip + "\n");
  const std::string path = folder + "/" + file;
  sensors_[path] = {path, std::move(loads), 0, 0, is_power};
  show(seconds_);
}

void SensorTree::add_host(int packages, double busy_ratio) {
  packages_ = packages;
  busy_ratio_ = busy_ratio;
  std::ostringstream info;
  for (int cpu = 0; cpu < packages * kCpusPerPackage; ++cpu) {
    const int package = cpu / kCpusPerPackage;
    info << "processor\t: " << cpu
         << "\nmodel name\t: Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz\nphysical id\t: " << package
         << "\ncore id\t\t: " << cpu % kCpusPerPackage << "\nflags\t\t: fpu sse2\n\n";
    write("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/physical_package_id",
          std::to_string(package) + "\n");
  }
  write("/proc/cpuinfo", info.str());
  write("/proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         1048576 kB\n");
  show(seconds_);
}

void SensorTree::show(double seconds) {
  seconds_ = seconds;
  for (const auto& [path, sensor] : sensors_) {
    write(path, std::to_string(shown_value(sensor, seconds)) + "\n");
  }
  if (packages_ > 0) {
    show_host();
  }
}

void SensorTree::show_host() const {
  // user nice system idle iowait irq softirq steal guest guest_nice; guest is inside user.
  const double ticks = seconds_ * kTicksPerSecond;
  const auto user = static_cast<long>(std::floor(ticks * busy_ratio_));
  const auto idle = static_cast<long>(std::floor(ticks * (1 - busy_ratio_) / 2));
  std::ostringstream lines;
  const int cpus = packages_ * kCpusPerPackage;
  lines << "cpu  " << user * cpus << " 0 0 " << idle * cpus << " " << idle * cpus << " 0 0 77 "
        << user * cpus / 2 << " 0\n";
  for (int cpu = 0; cpu < cpus; ++cpu) {
    lines << "cpu" << cpu << " " << user << " 0 0 " << idle << " " << idle << " 0 0 7 " << user / 2
          << " 0\n";
  }
  lines << "intr 1 2 3\nctxt 99\nbtime 1767225600\n";
  write("/proc/stat", lines.str());
}

double SensorTree::energy_until(std::string_view path, double seconds) const {
  return total_energy(sensors_.find(path)->second.loads, seconds);
}

SensorTree make_intel_client(const std::string& root) {
  SensorTree tree(root);
  tree.add_host(1, 0.5);
  tree.add_zone("intel-rapl:0", "package-0", {kPackage0});
  tree.add_zone("intel-rapl:0:0", "core", {kCores});
  tree.add_zone("intel-rapl:0:1", "uncore", {{0.5, 0, 60}});
  tree.add_zone("intel-rapl:0:2", "dram", {kDram});
  tree.add_zone("intel-rapl:1", "psys", {kPackage0, kDram, kBoard});
  tree.add_zone("intel-rapl-mmio:0", "package-0", {kPackage0});
  tree.write(std::string(kPowercap) + "intel-rapl/enabled", "1\n");
  return tree;
}

SensorTree make_intel_server(const std::string& root) {
  // 65,536 J: the range of a counter in steps of 15.3 microjoules.
  constexpr std::uint64_t kRange = 65'532'610'987;
  SensorTree tree(root);
  tree.add_host(2, 0.25);
  tree.add_zone("intel-rapl:0", "package-0", {kPackage0}, kRange, kRange - 100'000'000);
  tree.add_zone("intel-rapl:0:0", "dram", {kDram}, kRange, kRange - 1'000);
  tree.add_zone("intel-rapl:1", "package-1", {kPackage1}, kRange, kRange - 1'000'000'000);
  tree.add_zone("intel-rapl:1:0", "dram", {kDram}, kRange);
  return tree;
}

SensorTree make_amd(const std::string& root) {
  SensorTree tree(root);
  tree.add_host(1, 0.5);
  tree.add_zone("intel-rapl:0", "package-0", {kPackage0}, 65'532'610'987);
  tree.add_zone("intel-rapl:0:0", "core", {kCores}, 65'532'610'987);
  return tree;
}

SensorTree make_bare(const std::string& root) {
  SensorTree tree(root);
  tree.add_host(1, 0.5);
  return tree;
}

}  // namespace wattle::support
