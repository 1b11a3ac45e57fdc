#include <fmt/format.h>

#include "wattle/base/text.h"
#include "wattle/hardware/doctor.h"

namespace wattle::hardware {
namespace {

void check_governor(const DoctorFacts& facts, std::vector<Finding>& findings) {
  const auto& cpu = facts.host.cpu;
  if (cpu.governor.empty()) {
    return;  // a virtual machine: the host decides
  }
  const std::string seen = "governor " + cpu.governor + ", driver " + cpu.frequency_driver;
  // In the active mode of these two drivers "powersave" is the adaptive governor, not the slowest
  // clock.
  const bool adaptive =
      cpu.frequency_driver == "intel_pstate" || cpu.frequency_driver == "amd-pstate-epp";
  if (cpu.governor == "powersave" && !adaptive) {
    findings.push_back({Severity::kWarning, "host.governor-slow",
                        "the CPU is held at its lowest clock", seen,
                        "a job then takes longer, and the rest of the machine draws power for "
                        "longer; let the clock follow the load",
                        "sudo cpupower frequency-set -g schedutil"});
  } else if (cpu.governor == "performance" && facts.host.platform.shape != Shape::kServer) {
    findings.push_back({Severity::kNote, "host.governor-fast", "the CPU never clocks down", seen,
                        "at rest this draws more than it needs; let the clock follow the load",
                        adaptive ? "sudo cpupower frequency-set -g powersave"
                                 : "sudo cpupower frequency-set -g schedutil"});
  } else {
    findings.push_back(
        {Severity::kOk, "host.governor", "the CPU's clock is governed well", seen, "", ""});
  }
}

void check_accounting(const DoctorFacts& facts, std::vector<Finding>& findings) {
  const auto& groups = facts.cgroups;
  if (groups.unified_writable && groups.unified_has_controllers) {
    findings.push_back({Severity::kOk, "host.accounting",
                        "jobs are accounted by control groups (version 2)",
                        "cpu and memory are delegated to us", "", ""});
  } else if (groups.old_writable) {
    findings.push_back({Severity::kOk, "host.accounting",
                        "jobs are accounted by control groups (version 1)",
                        "cpuacct, cpu and memory may be used", "", ""});
  } else {
    findings.push_back(
        {Severity::kNote, "host.accounting-by-process", "jobs are accounted process by process",
         groups.unified_writable
             ? "Our control group has no cpu and memory controller."
             : "We may not make control groups. CPU time stays exact, by the processes that end; "
               "the memory limit holds per process, and peak memory is sampled.",
         "where systemd runs, log in through it (it delegates a group to each user), or run Wattle "
         "as `systemd-run --user --scope -p Delegate=yes`",
         ""});
  }
}

void check_sensors(const DoctorFacts& facts, std::vector<Finding>& findings) {
  if (!facts.sensors_shown) {
    findings.push_back(
        {Severity::kWarning, "host.no-sysfs",
         "/sys or /proc is not here: the host cannot be described",
         facts.host.platform.is_contained()
             ? "The container (" + facts.host.platform.container + ") was started without them."
             : "",
         "mount them (-v /sys:/sys:ro), or mount the host's elsewhere and name the "
         "place in WATTLE_SENSOR_ROOT",
         ""});
  }
}

void check_clock(const DoctorFacts& facts, std::vector<Finding>& findings) {
  if (!facts.clock.synchronised) {
    findings.push_back(
        {Severity::kNote, "host.clock-unknown", "whether the clock is synchronised cannot be seen",
         "The kernel does not let us ask (adjtimex), as in some sandboxes.", "", ""});
  } else if (*facts.clock.synchronised) {
    findings.push_back(
        {Severity::kOk, "host.clock", "the clock is synchronised",
         fmt::format("its error is at most {:.3f} s", facts.clock.error_bound.value()), "", ""});
  } else if (facts.host.platform.is_contained() || facts.host.platform.is_virtual()) {
    findings.push_back(
        {Severity::kNote, "host.clock-guest", "this kernel does not discipline its clock",
         "The hypervisor may do it from outside.",
         "if the time is wrong, install chrony: carbon intensity is looked up by the "
         "hour",
         ""});
  } else {
    findings.push_back(
        {Severity::kWarning, "host.clock-unsynchronised", "the clock is not synchronised",
         "Carbon intensity is looked up by the hour, and a step of the clock opens a "
         "new segment in every record.",
         "run a time service", "sudo apt-get install chrony"});
  }
}

/// "3.11.2" as 311; 0 when it cannot be read.
int minor_version(std::string_view version) {
  constexpr int kMajorUnit = 100;
  const auto parts = split(version, '.');
  if (parts.size() < 2) {
    return 0;
  }
  const auto major = parse_integer(parts[0]);
  const auto minor = parse_integer(parts[1]);
  return major && minor ? static_cast<int>(*major * kMajorUnit + *minor) : 0;
}

void check_python(const DoctorFacts& facts, std::vector<Finding>& findings) {
  constexpr int kOldest = 308;
  const auto& python = facts.python;
  if (python.path.empty()) {
    findings.push_back({Severity::kNote, "host.python-missing", "no python3 in PATH",
                        "Commands in other languages run as they are.",
                        "install one if your jobs are Python", "sudo apt-get install python3"});
    return;
  }
  for (const std::string_view variable : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const auto folder = facts.environment.find(variable);
    if (folder != facts.environment.end() && !folder->second.empty() &&
        !python.path.starts_with(folder->second + "/")) {
      findings.push_back({Severity::kWarning, "host.python-other-environment",
                          concat(variable, " is set, and python3 is not of it"),
                          concat(variable, "=", folder->second, ", but python3 is ", python.path,
                                 ": jobs would not find its packages."),
                          "activate the environment again, so that its bin folder comes first in "
                          "PATH",
                          ""});
      return;
    }
  }
  if (minor_version(python.version) < kOldest) {
    findings.push_back({Severity::kNote, "host.python-old",
                        "python3 does not answer as version 3.8 or later",
                        python.path + (python.version.empty() ? "" : ": " + python.version),
                        "the recipes of Wattle need 3.8; other commands run as they are", ""});
  } else {
    findings.push_back(
        {Severity::kOk, "host.python", "python3 is " + python.version, python.path, "", ""});
  }
}

}  // namespace

std::vector<Finding> check_host(const DoctorFacts& facts) {
  std::vector<Finding> findings;
  check_sensors(facts, findings);
  check_governor(facts, findings);
  check_accounting(facts, findings);
  check_clock(facts, findings);
  check_python(facts, findings);
  return findings;
}

}  // namespace wattle::hardware
