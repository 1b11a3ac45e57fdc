#include "wattle/hardware/host.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <numeric>
#include <utility>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <sched.h>
#include <sys/utsname.h>

#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

/// The kernel answers EINVAL when its own mask is longer than ours, so ours is long.
std::vector<int> ask_affinity() {
  constexpr std::size_t kSets = 16;  // of 1,024 CPUs each
  std::array<cpu_set_t, kSets> sets{};
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof(sets), sets.data()) != 0) {
    return cpus;
  }
  for (std::size_t cpu = 0; cpu < kSets * CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET_S(cpu, sizeof(sets), sets.data())) {
      cpus.push_back(static_cast<int>(cpu));
    }
  }
  return cpus;
}

/// Leaf 0x40000000 holds twelve letters of the hypervisor's choice, when bit 31 of leaf 1 says that
/// there is one (Linux Documentation/virt/kvm/x86/cpuid.rst).
std::string ask_hypervisor() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kVirtual = 1U << 31U;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kVirtual) == 0) {
    return "";
  }
  __cpuid(0x40000000, a, b, c, d);
  std::array<char, 12> letters{};
  std::memcpy(letters.data(), &b, 4);
  std::memcpy(letters.data() + 4, &c, 4);
  std::memcpy(letters.data() + 8, &d, 4);
  const std::string_view name(letters.data(), letters.size());
  for (const auto& [prefix, hypervisor] :
       {std::pair<std::string_view, std::string_view>{"KVMKVMKVM", "kvm"},
        {"VMwareVMware", "vmware"},
        {"Microsoft Hv", "hyper-v"},
        {"XenVMMXenVMM", "xen"}}) {
    if (name.starts_with(prefix)) {
      return std::string(hypervisor);
    }
  }
#endif
  return "";
}

std::string system_name(const HostFiles& files) {
  for (const std::string& line : files.lines("/etc/os-release")) {
    constexpr std::string_view kKey = "PRETTY_NAME=";
    if (line.starts_with(kKey)) {
      std::string_view value = trim(std::string_view(line).substr(kKey.size()));
      if (value.size() >= 2 && value.front() == value.back() &&
          (value.front() == '"' || value.front() == '\'')) {
        value = value.substr(1, value.size() - 2);
      }
      return std::string(value);
    }
  }
  return "Linux";
}

/// MemTotal of /proc/meminfo, which is in KiB whatever its "kB" says (proc(5)).
Bytes total_memory(const HostFiles& files) {
  for (const std::string& line : files.lines("/proc/meminfo")) {
    constexpr std::string_view kKey = "MemTotal:";
    if (line.starts_with(kKey)) {
      const auto value = trim(std::string_view(line).substr(kKey.size()));
      const auto number = parse_integer(value.substr(0, value.find(' ')));
      return Bytes(number ? *number * 1024 : 0);
    }
  }
  return Bytes(0);
}

int count_numa_nodes(const HostFiles& files) {
  const auto names = files.names("/sys/devices/system/node");
  const auto nodes = std::count_if(names.begin(), names.end(), [](const std::string& name) {
    return name.starts_with("node") && name.size() > 4 &&
           std::isdigit(static_cast<unsigned char>(name[4])) != 0;
  });
  return std::max(1, static_cast<int>(nodes));
}

/// CPU numbers that are online; without sysfs as many as /proc/cpuinfo lists, from 0.
std::vector<int> online_cpus(const HostFiles& files, int count) {
  auto online = parse_cpu_list(files.text_or_empty("/sys/devices/system/cpu/online"));
  if (online.empty()) {
    online.resize(static_cast<std::size_t>(count));
    std::iota(online.begin(), online.end(), 0);
  }
  return online;
}

}  // namespace

KernelFacts ask_kernel() {
  KernelFacts facts;
  utsname names{};
  if (::uname(&names) == 0) {
    facts.host_name = names.nodename;
    facts.release = names.release;
    facts.architecture = names.machine;
  }
  facts.hypervisor = ask_hypervisor();
  facts.affinity = ask_affinity();
  return facts;
}

HostDescription describe_host(const HostFiles& files, const KernelFacts& kernel) {
  HostDescription host;
  host.name = kernel.host_name;
  host.system = system_name(files);
  host.kernel = kernel.release;
  host.architecture = kernel.architecture;
  host.cpu = describe_cpus(files);
  host.memory = total_memory(files);
  host.numa_nodes = count_numa_nodes(files);
  host.gpus = find_gpus(files);
  host.platform = describe_platform(files, host.cpu.hypervisor, kernel.release);
  // Small guests have no firmware tables. Where there are some they know more: clouds' hypervisors
  // sign with the name of a common one.
  if (host.platform.hypervisor == "unknown" && !kernel.hypervisor.empty()) {
    host.platform.hypervisor = kernel.hypervisor;
  }
  host.granted =
      granted_to_us(files, find_cgroups(files),
                    {online_cpus(files, host.cpu.logical_cpus), kernel.affinity, host.memory});
  return host;
}

std::string fingerprint(const HostDescription& host) {
  const std::string features = join(host.cpu.features, ",");
  const std::string text =
      concat("1|", host.architecture, "|", host.cpu.vendor, "|", host.cpu.model, "|",
             host.cpu.family, "|", host.cpu.model_number, "|", host.cpu.stepping, "|",
             host.cpu.sockets, "|", host.cpu.physical_cores, "|", host.cpu.logical_cpus, "|",
             features, "|", host.platform.hypervisor, "|", host.numa_nodes);
  return sha256_hex(text).substr(0, 16);
}

}  // namespace wattle::hardware
