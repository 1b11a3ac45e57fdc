#include "wattle/hardware/host_fixtures.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

constexpr std::string_view kServerFlags =
    "fpu sse4_2 fma avx f16c avx2 avx512f avx512dq avx512bw avx512vl avx512_vnni";

struct CpuSpec {
  std::string_view vendor;
  std::string_view model;
  int family = 6;
  std::string_view flags;
  int sockets = 1;
  int cores_per_socket = 1;
  int threads_per_core = 1;
};

/// Linux numbers the first threads of all cores before the second ones.
void put_x86(const std::string& root, const CpuSpec& spec) {
  const int cores = spec.sockets * spec.cores_per_socket;
  const int cpus = cores * spec.threads_per_core;
  std::string text;
  for (int cpu = 0; cpu < cpus; ++cpu) {
    const int core = cpu % cores;
    const int socket = core / spec.cores_per_socket;
    text += concat("processor\t: ", cpu, "\nvendor_id\t: ", spec.vendor,
                   "\ncpu family\t: ", spec.family, "\nmodel\t\t: 85\nmodel name\t: ", spec.model,
                   "\nstepping\t: 7\nphysical id\t: ", socket,
                   "\ncore id\t\t: ", core % spec.cores_per_socket, "\nflags\t\t: ", spec.flags,
                   "\npower management:\n\n");
    const std::string folder = concat("/sys/devices/system/cpu/cpu", cpu, "/topology/");
    put(root, folder + "physical_package_id", concat(socket, "\n"));
    put(root, folder + "core_id", concat(core % spec.cores_per_socket, "\n"));
    put(root, folder + "thread_siblings_list",
        spec.threads_per_core == 2 ? concat(core, ",", core + cores, "\n") : concat(core, "\n"));
  }
  put(root, "/proc/cpuinfo", text);
  put(root, "/sys/devices/system/cpu/online", concat("0-", cpus - 1, "\n"));
}

void put_memory(const std::string& root, int gibibytes) {
  put(root, "/proc/meminfo",
      concat("MemTotal:       ", gibibytes * 1024 * 1024, " kB\nMemFree:  1 kB\n"));
}

void put_frequency(const std::string& root, std::string_view driver, std::string_view governor) {
  const std::string folder = "/sys/devices/system/cpu/cpu0/cpufreq/";
  put(root, folder + "scaling_driver", concat(driver, "\n"));
  put(root, folder + "scaling_governor", concat(governor, "\n"));
  put(root, folder + "cpuinfo_max_freq", "3900000\n");
}

void put_dmi(const std::string& root, std::string_view vendor, std::string_view product,
             std::string_view chassis) {
  put(root, "/sys/class/dmi/id/sys_vendor", concat(vendor, "\n"));
  put(root, "/sys/class/dmi/id/product_name", concat(product, "\n"));
  put(root, "/sys/class/dmi/id/chassis_type", concat(chassis, "\n"));
}

void put_nvidia(const std::string& root, const std::string& bus, std::string_view uuid) {
  put(root, "/sys/bus/pci/devices/" + bus + "/class", "0x030200\n");
  put(root, "/sys/bus/pci/devices/" + bus + "/vendor", "0x10de\n");
  put(root, "/sys/bus/pci/devices/" + bus + "/driver/uevent", "");
  put(root, "/proc/driver/nvidia/gpus/" + bus + "/information",
      concat("Model: \t\t NVIDIA A100-SXM4-40GB\nIRQ:   \t\t 120\nGPU UUID: \t ", uuid,
             "\nBus Location: \t ", bus, "\n"));
}

constexpr std::string_view kEightCpuModel = "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz";

}  // namespace

void put(const std::string& root, std::string_view path, std::string_view text) {
  const std::filesystem::path full = root + std::string(path);
  std::filesystem::create_directories(full.parent_path());
  std::ofstream file(full, std::ios::binary);
  if (!(file << text)) {
    std::abort();
  }
}

void write_laptop(const std::string& root) {
  put_x86(root, {"GenuineIntel", "Intel(R) Core(TM) i7-8565U CPU @ 1.80GHz", 6,
                 "fpu sse4_2 fma avx f16c avx2", 1, 4, 2});
  put_memory(root, 16);
  put_frequency(root, "intel_pstate", "powersave");
  put(root, "/sys/devices/system/cpu/cpu0/cpufreq/energy_performance_preference",
      "balance_performance\n");
  put(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
  put(root, "/sys/devices/system/cpu/cpu0/cache/index0/size", "32K\n");
  put(root, "/sys/devices/system/cpu/cpu0/cache/index3/size", "8192K\n");
  put_dmi(root, "LENOVO", "20QD00L1MZ", "10");
  put(root, "/sys/class/power_supply/BAT0/type", "Battery\n");
  put(root, "/etc/os-release", "NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n");
  put(root, "/proc/self/cgroup", "0::/user.slice/user-1000.slice/session-2.scope\n");
  put(root, "/proc/1/cgroup", "0::/init.scope\n");
  put(root, "/proc/self/mountinfo",
      "25 22 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
  const std::string group = "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope/";
  put(root, group + "cgroup.controllers", "memory pids\n");
  put(root, group + "memory.max", "max\n");
  put(root, "/sys/class/powercap/intel-rapl:0/name", "package-0\n");
  put(root, "/sys/class/powercap/intel-rapl:0/energy_uj", "123456789\n");
}

void write_two_sockets(const std::string& root) {
  put_x86(root, {"GenuineIntel", "Intel(R) Xeon(R) Silver 4215R CPU @ 3.20GHz", 6, kServerFlags, 2,
                 8, 2});
  put_memory(root, 192);
  put_frequency(root, "acpi-cpufreq", "performance");
  put(root, "/sys/devices/system/cpu/cpufreq/boost", "1\n");
  put(root, "/sys/devices/system/node/node0/cpulist", "0-7,16-23\n");
  put(root, "/sys/devices/system/node/node1/cpulist", "8-15,24-31\n");
  put_dmi(root, "Dell Inc.", "PowerEdge C4140", "23");
  put_nvidia(root, "0000:3b:00.0", "GPU-11111111-2222-3333-4444-555555555555");
  put_nvidia(root, "0000:af:00.0", "GPU-66666666-7777-8888-9999-aaaaaaaaaaaa");
  // The display chip of the management controller (Matrox).
  put(root, "/sys/bus/pci/devices/0000:03:00.0/class", "0x030000\n");
  put(root, "/sys/bus/pci/devices/0000:03:00.0/vendor", "0x102b\n");
}

void write_amd_desktop(const std::string& root) {
  put_x86(root, {"AuthenticAMD", "AMD Ryzen 7 5800X 8-Core Processor", 25,
                 "fpu sse4_2 fma avx f16c avx2", 1, 8, 2});
  put_memory(root, 32);
  put_frequency(root, "acpi-cpufreq", "schedutil");
  put(root, "/sys/devices/system/cpu/cpufreq/boost", "0\n");
  put_dmi(root, "Micro-Star International Co., Ltd.", "MS-7C56", "3");
  put(root, "/sys/bus/pci/devices/0000:2d:00.0/class", "0x030000\n");
  put(root, "/sys/bus/pci/devices/0000:2d:00.0/vendor", "0x1002\n");
  put(root, "/sys/bus/pci/devices/0000:2d:00.0/mem_info_vram_total", "17163091968\n");
  put(root, "/sys/bus/pci/devices/0000:2d:00.0/driver/uevent", "");
  // A wireless mouse.
  put(root, "/sys/class/power_supply/hidpp_battery_0/type", "Battery\n");
  put(root, "/sys/class/power_supply/hidpp_battery_0/scope", "Device\n");
}

void write_cloud_machine(const std::string& root) {
  put_x86(root, {"AuthenticAMD", "AMD EPYC 9R14", 25,
                 "fpu hypervisor sse4_2 fma avx f16c avx2 avx512f avx512bw avx512_bf16", 1, 2, 1});
  put_memory(root, 8);
  put_dmi(root, "Amazon EC2", "m7a.large", "1");
}

void write_container_on_version_1(const std::string& root) {
  put_x86(root, {"GenuineIntel", kEightCpuModel, 6, kServerFlags, 1, 8, 1});
  put_memory(root, 64);
  put(root, "/.dockerenv", "");
  put(root, "/proc/self/cgroup",
      "5:memory:/docker/4f9a\n4:cpuset:/docker/4f9a\n3:cpu,cpuacct:/docker/4f9a\n"
      "1:name=systemd:/docker/4f9a\n");
  put(root, "/proc/self/mountinfo",
      "701 700 0:30 /docker/4f9a /sys/fs/cgroup/memory ro master:15 - cgroup cgroup rw,memory\n"
      "702 700 0:31 /docker/4f9a /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
      "703 700 0:32 /docker/4f9a /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n");
  put(root, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n");
  put(root, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  put(root, "/sys/fs/cgroup/cpuset/cpuset.cpus", "0-7\n");
  put(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
}

void write_container_on_version_2(const std::string& root) {
  put_x86(root, {"GenuineIntel", kEightCpuModel, 6, kServerFlags, 1, 8, 1});
  put_memory(root, 64);
  put(root, "/run/.containerenv", "engine=\"podman-4.3.1\"\n");
  put(root, "/proc/self/cgroup", "0::/inner/group\n");
  put(root, "/proc/self/mountinfo",
      "900 899 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw,nsdelegate\n");
  // The outer group has the narrower quota, the inner one the narrower memory.
  put(root, "/sys/fs/cgroup/inner/cpu.max", "250000 100000\n");
  put(root, "/sys/fs/cgroup/inner/memory.max", "8589934592\n");
  put(root, "/sys/fs/cgroup/inner/group/cpu.max", "max 100000\n");
  put(root, "/sys/fs/cgroup/inner/group/cpuset.cpus.effective", "2-5\n");
  put(root, "/sys/fs/cgroup/inner/group/memory.max", "1073741824\n");
  put(root, "/sys/fs/cgroup/inner/group/cgroup.controllers", "cpuset cpu io memory pids\n");
}

void write_arm_server(const std::string& root) {
  std::string text;
  for (int cpu = 0; cpu < 4; ++cpu) {
    text += concat("processor\t: ", cpu, "\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd asimddp crc32",
                   "\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3",
                   "\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n");
    const std::string folder = concat("/sys/devices/system/cpu/cpu", cpu, "/topology/");
    put(root, folder + "physical_package_id", "0\n");
    put(root, folder + "core_id", concat(cpu, "\n"));
    put(root, folder + "thread_siblings_list", concat(cpu, "\n"));
  }
  put(root, "/proc/cpuinfo", text);
  put(root, "/sys/devices/system/cpu/online", "0-3\n");
  put_memory(root, 16);
  put_dmi(root, "WIWYNN", "Mt.Jade", "23");
}

}  // namespace wattle::hardware
