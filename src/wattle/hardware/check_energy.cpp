#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/hardware/doctor.h"

namespace wattle::hardware {
namespace {

using State = CounterAccess::State;

std::string paths_in_state(const EnergyFacts& energy, State state) {
  constexpr std::size_t kShown = 4;
  std::vector<std::string> paths;
  for (const auto& counter : energy.counters) {
    if (counter.state == state) {
      paths.push_back(counter.path);
    }
  }
  const std::size_t hidden = paths.size() > kShown ? paths.size() - kShown : 0;
  paths.resize(paths.size() - hidden);
  const std::string more = hidden > 0 ? concat(" and ", hidden, " more") : "";
  return join(paths, ", ") + more;
}

bool any_in_state(const EnergyFacts& energy, State state) {
  return std::any_of(energy.counters.begin(), energy.counters.end(),
                     [state](const CounterAccess& counter) { return counter.state == state; });
}

Finding denied(const EnergyFacts& energy) {
  return {Severity::kWarning,
          "energy.rapl-denied",
          "the CPU has energy counters, and only root may read them",
          paths_in_state(energy, State::kDenied) +
              ": permission denied. Until then the energy of CPUs is modelled. Kernels since 5.10 "
              "keep these files for root because fast readings leak what other processes compute "
              "(PLATYPUS, CVE-2020-8694).",
          "install the meter, which runs as a service and gives out at most ten readings a second, "
          "too slow "
          "for that attack; the files stay as they are",
          "sudo wattle doctor --fix rapl"};
}

std::string ask_provider(const Platform& platform) {
  if (platform.provider == "Amazon EC2") {
    return "EC2 shows counters only on instances whose type ends in .metal";
  }
  if (!platform.provider.empty()) {
    return platform.provider +
           " shows none to its virtual machines; ask for a bare-metal type where they are needed";
  }
  return "ask who runs the host for its readings (the host can run `wattle-meterd` and mount its "
         "socket), or run on the host itself";
}

Finding none_in_virtual_machine(const HostDescription& host) {
  const std::string where =
      host.platform.provider.empty() ? host.platform.hypervisor : host.platform.provider;
  return {Severity::kNote,
          "energy.none-virtual",
          "this is a virtual machine (" + where + "): it has no energy counter",
          "Hypervisors hide the counters of the CPU. Energy is modelled from CPU time, and every "
          "figure says so and carries the model's interval.",
          ask_provider(host.platform) +
              ". Three measured points of a host of the same kind, taken where a counter or a wall "
              "meter is, narrow the model's interval.",
          ""};
}

Finding hidden_by_container(const HostDescription& host) {
  return {Severity::kWarning,
          "energy.hidden-by-container",
          "this container (" + host.platform.container + ") does not see the host's counters",
          "Container engines mask /sys/class/powercap or mount an empty one.",
          "install the meter on the host and mount its socket (-v /run/wattle:/run/wattle:ro), or "
          "mount the host's files (-v /sys:/host/sys:ro -v /proc:/host/proc:ro -e "
          "WATTLE_SENSOR_ROOT=/host). The model is used until then.",
          ""};
}

Finding none_on_hardware(const HostDescription& host, bool powercap_shown) {
  Finding finding{Severity::kWarning, "energy.none", "no energy counter was found", "", "", ""};
  if (host.cpu.vendor == "GenuineIntel") {
    finding.detail = "Intel CPUs since Sandy Bridge (2011) have RAPL counters.";
    finding.remedy = "load the kernel's driver, and name it in /etc/modules-load.d to keep it";
    finding.command = "sudo modprobe intel_rapl_msr";
  } else if (host.cpu.vendor == "AuthenticAMD") {
    constexpr int kZen = 0x17;
    finding.detail = host.cpu.family >= kZen
                         ? "AMD CPUs since Zen (2017) have RAPL counters of package and cores; "
                           "Linux shows them since 5.8 (Zen 2: family 17h) and 5.11 (family 19h)."
                         : "AMD CPUs before Zen (family 17h) have no RAPL counter.";
    if (host.cpu.family >= kZen) {
      finding.remedy = "load the kernel's driver, which despite its name serves AMD too";
      finding.command = "sudo modprobe intel_rapl_msr";
    }
  } else {
    finding.detail = "ARM and other CPUs have no common counter.";
    finding.remedy =
        "look for the board's power sensor: load its hwmon driver (INA3221, SCMI, "
        "xgene-hwmon), or the driver of its management controller (`modprobe acpi_power_meter`, "
        "IPMI)";
  }
  if (powercap_shown && !finding.command.empty()) {
    finding.detail += " /sys/class/powercap is there, without zones.";
  }
  finding.detail += " Until then energy is modelled from CPU time.";
  return finding;
}

std::vector<Finding> check_counters(const DoctorFacts& facts) {
  const auto& energy = facts.energy;
  if (any_in_state(energy, State::kReadable)) {
    return {{Severity::kOk, "energy.counter", "energy counters can be read",
             paths_in_state(energy, State::kReadable), "", ""}};
  }
  if (energy.host_meter) {
    return {{Severity::kOk, "energy.host-meter", "this host's meter is installed",
             "readings come from /run/wattle/meterd.sock", "", ""}};
  }
  if (any_in_state(energy, State::kDenied)) {
    return {denied(energy)};
  }
  if (facts.host.platform.is_virtual()) {
    return {none_in_virtual_machine(facts.host)};
  }
  return {facts.host.platform.is_contained() ? hidden_by_container(facts.host)
                                             : none_on_hardware(facts.host, energy.powercap_shown)};
}

std::vector<Finding> check_gpus(const DoctorFacts& facts) {
  const auto& gpus = facts.host.gpus;
  const auto nvidia = std::count_if(gpus.begin(), gpus.end(),
                                    [](const Gpu& gpu) { return gpu.vendor == "NVIDIA"; });
  if (nvidia == 0) {
    return {};
  }
  if (facts.energy.nvml_library) {
    return {{Severity::kOk, "energy.nvml", concat(nvidia, " NVIDIA GPU(s), metered through NVML"),
             "", "", ""}};
  }
  const bool contained = facts.host.platform.is_contained();
  return {{Severity::kWarning, "energy.nvml-missing",
           concat(nvidia, " NVIDIA GPU(s), and no NVML to meter them with"),
           "libnvidia-ml.so.1 is not in the library folders: the energy of GPUs is missing from "
           "every total.",
           contained ? "start the container with the NVIDIA runtime (--gpus all) and "
                       "NVIDIA_DRIVER_CAPABILITIES=compute,utility"
                     : "install the driver's user part: libnvidia-ml1 on Debian (non-free), "
                       "nvidia-utils or libnvidia-compute elsewhere, of the driver's version",
           contained ? "" : "sudo apt-get install libnvidia-ml1"}};
}

}  // namespace

std::vector<Finding> check_energy(const DoctorFacts& facts) {
  auto findings = check_counters(facts);
  for (auto& finding : check_gpus(facts)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace wattle::hardware
