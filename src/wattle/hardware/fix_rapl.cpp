#include "wattle/hardware/fix_rapl.h"

#include <algorithm>
#include <filesystem>

#include <sys/stat.h>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

constexpr std::string_view kUnitPath = "/etc/systemd/system/wattle-meterd.service";
constexpr std::string_view kInstalledProgram = "/usr/local/sbin/wattle-meterd";

bool any_powercap(const EnergyFacts& energy, CounterAccess::State state) {
  return std::any_of(energy.counters.begin(), energy.counters.end(),
                     [state](const CounterAccess& counter) {
                       return counter.source == "powercap" && counter.state == state;
                     });
}

Error nothing_to_fix(const RaplFixFacts& facts) {
  const auto& platform = facts.platform;
  if (platform.is_virtual()) {
    return {ErrorCode::kUnsupported,
            "there is no RAPL counter to make readable: this is a virtual machine (" +
                (platform.provider.empty() ? platform.hypervisor : platform.provider) +
                "), which has none; energy is modelled"};
  }
  if (platform.is_contained()) {
    return {ErrorCode::kUnsupported,
            "there is no RAPL counter in this container (" + platform.container +
                "): run `wattle doctor --fix rapl` on the host, and mount /run/wattle into it"};
  }
  return {ErrorCode::kUnsupported,
          "there is no RAPL counter to make readable below /sys/class/powercap: try `sudo modprobe "
          "intel_rapl_msr` (it serves Intel and AMD), else energy is modelled"};
}

void plan_service(const std::string& program, FixPlan& plan) {
  plan.steps.push_back({"writes the service as the meter itself describes it",
                        {program, "--print-unit"},
                        std::string(kUnitPath)});
  plan.steps.push_back(
      {"lets everybody read what the service does", {"chmod", "0644", std::string(kUnitPath)}, ""});
  plan.steps.push_back({"tells systemd of it", {"systemctl", "daemon-reload"}, ""});
  plan.steps.push_back({"starts the meter now and at every boot",
                        {"systemctl", "enable", "--now", "wattle-meterd.service"},
                        ""});
}

/// A folder or file that only root can change. A symbolic link is followed.
bool is_protected(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && status.st_uid == 0 &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Status run_step(const FixStep& step, FileSystem& files, Subprocess& subprocess) {
  Command command;
  command.argv = step.argv;
  constexpr Seconds kPatience{30};
  WATTLE_ASSIGN_OR_RETURN(const Captured captured, run_captured(subprocess, command, kPatience));
  if (!captured.status.success()) {
    return Error(ErrorCode::kUnavailable,
                 concat("`", shell_line(step, Speaker::kRoot), "` ended with ",
                        captured.status.shell_code(), "; run it by hand to see why"));
  }
  if (step.output_path.empty()) {
    return {};
  }
  if (trim(captured.output).empty()) {
    return Error(ErrorCode::kInternal, concat("`", join(step.argv, " "), "` printed nothing: ",
                                              step.output_path, " was not written"));
  }
  return files.write_atomic(step.output_path, captured.output);
}

}  // namespace

RaplFixFacts collect_rapl_fix_facts(const HostFiles& files, const Platform& platform,
                                    const std::string& meter_program) {
  RaplFixFacts facts;
  facts.energy = find_energy_counters(files);
  facts.platform = platform;
  facts.systemd = files.exists("/run/systemd/system");
  facts.meter_program = absolute_path(meter_program);
  facts.meter_is_protected = true;
  for (std::filesystem::path path = facts.meter_program;; path = path.parent_path()) {
    facts.meter_is_protected = facts.meter_is_protected && is_protected(path);
    if (!path.has_relative_path()) {
      return facts;
    }
  }
}

Result<FixPlan> plan_rapl_fix(const RaplFixFacts& facts) {
  using State = CounterAccess::State;
  if (facts.energy.host_meter) {
    return Error(ErrorCode::kFailedPrecondition,
                 "the meter is installed already: /run/wattle/meterd.sock is there");
  }
  if (!any_powercap(facts.energy, State::kDenied) &&
      !any_powercap(facts.energy, State::kReadable)) {
    return nothing_to_fix(facts);
  }
  FixPlan plan;
  std::string program = facts.meter_program;
  if (!facts.systemd) {
    plan.summary =
        "systemd does not run this host: start the meter in a terminal, or from the "
        "host's own service manager, and leave it running.";
    plan.steps.push_back(
        {"reads the counters as root and serves them to every user", {program}, ""});
    plan.stays_in_foreground = true;
    return plan;
  }
  plan.summary =
      "The meter runs as root and serves every user at most ten readings of the counters a second. "
      "The "
      "counters' files stay for root only: fast readings leak what other processes compute "
      "(PLATYPUS, CVE-2020-8694).";
  if (!facts.meter_is_protected) {
    plan.steps.push_back({"a service of root must not run a program that others can replace",
                          {"install", "-o", "root", "-g", "root", "-m", "0755", program,
                           std::string(kInstalledProgram)},
                          ""});
    program = kInstalledProgram;
  }
  plan_service(program, plan);
  return plan;
}

std::string shell_line(const FixStep& step, Speaker speaker) {
  std::vector<std::string> words;
  for (const auto& word : step.argv) {
    words.push_back(shell_quote(word));
  }
  const std::string sudo = speaker == Speaker::kUser ? "sudo " : "";
  if (step.output_path.empty()) {
    return sudo + join(words, " ");
  }
  // `sudo x > file` would open the file as the user.
  return sudo + join(words, " ") + " | " + sudo + "tee " + shell_quote(step.output_path) +
         " >/dev/null";
}

std::string describe_plan(const FixPlan& plan, Speaker speaker) {
  std::string text = plan.summary + "\n";
  for (const auto& step : plan.steps) {
    text += concat("\n# ", step.why, "\n", shell_line(step, speaker), "\n");
  }
  return text;
}

Status apply_fix(const FixPlan& plan, FileSystem& files, Subprocess& subprocess) {
  if (plan.stays_in_foreground) {
    return Error(ErrorCode::kUnsupported, "without systemd nothing can be installed: run `" +
                                              shell_line(plan.steps.back(), Speaker::kRoot) +
                                              "` and leave it running");
  }
  for (const auto& step : plan.steps) {
    WATTLE_RETURN_IF_ERROR(run_step(step, files, subprocess).with_context(step.why));
  }
  return {};
}

}  // namespace wattle::hardware
