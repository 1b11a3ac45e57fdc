// What this host is: processors, memory, GPUs, the machine around them, and what of it is ours.
//
// Units:    Bytes; cores as a number of CPUs. Errors: none; what cannot be seen is empty or 0.
// Threads:  pure functions over HostFiles. Lifetime: value types.
// See:      docs/guides/doctor.md.
#pragma once

#include <string>
#include <vector>

#include "wattle/hardware/cgroups.h"
#include "wattle/hardware/cpu_info.h"
#include "wattle/hardware/gpus.h"
#include "wattle/hardware/host_files.h"
#include "wattle/hardware/platform.h"

namespace wattle::hardware {

/// What only a system call tells. Tests make their own.
struct KernelFacts {
  std::string host_name;
  std::string release;        // "6.1.0-18-amd64"
  std::string architecture;   // "x86_64", "aarch64"
  std::string hypervisor;     // what the CPU says: "kvm", "vmware", "hyper-v", "xen" or ""
  std::vector<int> affinity;  // CPUs this process may run on; empty: unknown
};

/// uname, sched_getaffinity and, on x86, the hypervisor's leaf of cpuid.
KernelFacts ask_kernel();

struct HostDescription {
  std::string name;
  std::string system;  // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;
  std::string architecture;
  CpuInfo cpu;
  Grant granted;
  Bytes memory{0};
  int numa_nodes = 1;
  std::vector<Gpu> gpus;
  Platform platform;
};

HostDescription describe_host(const HostFiles& files, const KernelFacts& kernel);

/// Changes when a calibration no longer holds: another CPU, another number of cores, another
/// hypervisor. The same over reboots, kernels, host names and cgroup limits. 16 hexadecimal digits.
std::string fingerprint(const HostDescription& host);

}  // namespace wattle::hardware
