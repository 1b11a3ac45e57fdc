#include "wattle/energy/host_facts.h"

#include <set>
#include <utility>

#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

/// Calls `take` with key and value of each "key : value" line.
template <typename Take>
void for_each_pair(std::string_view text, Take take) {
  for (const auto line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      take(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
  }
}

std::string cloud_provider(const SensorFiles& sensors) {
  const std::string vendor = sensors.read_line("/sys/class/dmi/id/sys_vendor");
  if (vendor == "Amazon EC2") {
    return "aws";
  }
  if (vendor == "Google") {
    return "gcp";
  }
  // Azure machines carry Microsoft's name, as Surface computers and other Hyper-V guests do; the
  // asset tag is Azure's own.
  const std::string tag = sensors.read_line("/sys/class/dmi/id/chassis_asset_tag");
  return tag == "7783-7084-3265-9085-8269-3286-77" ? "azure" : "";
}

}  // namespace

CpuDescription read_cpu_description(const SensorFiles& sensors) {
  CpuDescription cpu;
  std::set<std::string, std::less<>> packages;
  std::set<std::pair<std::string, std::string>> cores;
  std::string package = "0";
  const auto text = sensors.read("/proc/cpuinfo").value_or("");
  for_each_pair(text, [&](std::string_view key, std::string_view value) {
    if (key == "processor") {
      ++cpu.logical_cpus;
    } else if (key == "model name") {
      cpu.model_name = value;
    } else if (key == "physical id") {
      package = value;
      packages.emplace(value);
    } else if (key == "core id") {
      cores.emplace(package, value);
    } else if (key == "flags") {
      cpu.virtual_machine =
          (" " + std::string(value) + " ").find(" hypervisor ") != std::string::npos;
    }
  });
  cpu.physical_cores = static_cast<int>(cores.size());
  cpu.sockets = std::max(1, static_cast<int>(packages.size()));
  cpu.cloud_provider = cloud_provider(sensors);
  return cpu;
}

Bytes read_memory_size(const SensorFiles& sensors) {
  Bytes size{0};
  const auto text = sensors.read("/proc/meminfo").value_or("");
  for_each_pair(text, [&size](std::string_view key, std::string_view value) {
    if (key == "MemTotal" && value.ends_with(" kB")) {
      size = Bytes(parse_integer(value.substr(0, value.size() - 3)).value_or(0) * 1024);
    }
  });
  return size;
}

}  // namespace wattle::energy
