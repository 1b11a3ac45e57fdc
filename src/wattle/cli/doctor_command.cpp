#include <algorithm>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/energy/host_facts.h"
#include "wattle/energy/sensor_files.h"
#include "wattle/hardware/doctor.h"
#include "wattle/hardware/doctor_facts.h"
#include "wattle/hardware/fix_rapl.h"
#include "wattle/hardware/host_files.h"
#include "wattle/hardware/host_record.h"
#include "wattle/hardware/power_calibration.h"

namespace wattle::cli {
namespace {

using hardware::Finding;
using hardware::Severity;

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::kOk:
      return Style::kGreen;
    case Severity::kNote:
      return Style::kDim;
    case Severity::kWarning:
      return Style::kYellow;
    case Severity::kProblem:
      break;
  }
  return Style::kRed;
}

std::string text_of(const Finding& finding, const Output& output) {
  std::string label(hardware::to_string(finding.severity));
  label.resize(std::max<std::size_t>(label.size(), 8), ' ');
  std::string text =
      concat(output.styled(style_of(finding.severity), label), " ", finding.title, "\n");
  for (const auto* part : {&finding.detail, &finding.remedy}) {
    if (!part->empty()) {
      text += concat("         ", *part, "\n");
    }
  }
  if (!finding.command.empty()) {
    text += concat("         $ ", output.styled(Style::kBold, finding.command), "\n");
  }
  return text;
}

std::string host_text(const hardware::HostDescription& host) {
  const std::string kind = host.platform.is_virtual()
                               ? concat(", virtual machine (", host.platform.hypervisor, ")")
                               : "";
  return concat(host.name, ": ", host.cpu.model, ", ", number(host.granted.cores, 3), " of ",
                host.cpu.logical_cpus, " CPUs granted, ", bytes(host.memory.value()), ", ",
                host.gpus.size(), " GPUs", kind, "\n\n");
}

/// Measures power points and fits the processor's model to them, where there is a counter to tell
/// and the host is quiet enough. Says what was done.
Result<std::string> calibrate_power(Context& context, const store::Home& home,
                                    const hardware::HostDescription& host,
                                    hardware::Calibration& calibration) {
  const std::string root = context.sensor_root().empty() ? "/" : context.sensor_root();
  WATTLE_ASSIGN_OR_RETURN(const auto meters,
                          energy::open_meters(context.files(), context.clock(), {.root = root}));
  const auto counter = hardware::processor_counter(meters, std::max(1, host.cpu.logical_cpus));
  if (!counter) {
    return std::string(
        "The processor's power model stays that of the tables: no counter can be read here to fit "
        "it to.\n");
  }
  hardware::HostExerciser exerciser(context.clock());
  const int cores = std::max(1, static_cast<int>(host.granted.cores));
  calibration.power = hardware::measure_power_points(*counter, exerciser, {.granted_cores = cores});
  if (calibration.power.empty()) {
    return std::string(
        "The processor's power model stays as it was: the host was too busy, or its counter stood "
        "still.\n");
  }
  const energy::SensorFiles sensors(context.files(), root);
  const auto model = hardware::fit_to_points(
      energy::CpuPowerModel::prior(energy::read_cpu_description(sensors)), calibration.power);
  if (model.calibration_points() == 0) {
    return std::string("The counter's readings cannot be true; the power model stays as it was.\n");
  }
  WATTLE_RETURN_IF_ERROR(context.files().make_directories(path_join(home.root(), "meter")));
  WATTLE_RETURN_IF_ERROR(context.files().write_atomic(home.cpu_model(), model.serialise()));
  return concat("The processor's power model is fitted to ", model.calibration_points(),
                " points of its counter: ", with_prefix(model.idle().value().value(), "W"),
                " at rest, ", with_prefix(model.power(1).value().value(), "W"), " busy.\n");
}

std::string calibration_text(const hardware::Calibration& calibration) {
  std::string text = "One thread of this host:\n";
  for (const auto& rate : calibration.rates) {
    text += concat("  ", hardware::to_string(rate.rate), "  ",
                   with_prefix(rate.value.value().value(), "/s"), " ",
                   margin(messages::Figure(rate.value)), "\n");
  }
  return text;
}

Status calibrate(Context& context, const store::Home& home, const hardware::HostDescription& host) {
  WATTLE_RETURN_IF_ERROR(context.files().make_directories(home.root()));
  auto calibration = hardware::calibrate(host, context.clock(), hardware::ThreadCpuTimer());
  WATTLE_ASSIGN_OR_RETURN(const auto power, calibrate_power(context, home, host, calibration));
  WATTLE_RETURN_IF_ERROR(
      hardware::save_host_record(context.files(), home.root(), host, calibration));
  context.output().narrate(calibration_text(calibration) + power + "\n");
  return {};
}

Result<int> fix_rapl(Context& context) {
  const std::string root = context.sensor_root();
  const hardware::HostFiles host_files(context.files(), root.empty() ? "/" : root);
  const auto host = hardware::describe_host(host_files, hardware::ask_kernel());
  const std::string meter = path_join(context.program_folder(), "wattle-meterd");
  WATTLE_ASSIGN_OR_RETURN(const auto plan, hardware::plan_rapl_fix(hardware::collect_rapl_fix_facts(
                                               host_files, host.platform, meter)));
  auto& output = context.output();
  if (::geteuid() != 0) {
    output.data(hardware::describe_plan(plan, hardware::Speaker::kUser));
    return Error(ErrorCode::kPermissionDenied,
                 "only root may do this; the commands above do it with sudo");
  }
  output.narrate(hardware::describe_plan(plan, hardware::Speaker::kRoot));
  WATTLE_RETURN_IF_ERROR(hardware::apply_fix(plan, context.files(), context.subprocess()));
  output.narrate("done; `wattle doctor` shows the counters\n");
  return 0;
}

}  // namespace

Result<int> doctor(Context& context, const DoctorOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
  if (options.fix) {
    return fix_rapl(context);
  }
  const std::string root = context.sensor_root();
  const hardware::HostFiles host_files(context.files(), root.empty() ? "/" : root);
  const auto zone = context.environment().find("WATTLE_ZONE");
  const auto facts = hardware::collect_facts(
      {.host_files = host_files,
       .files = context.files(),
       .subprocess = context.subprocess(),
       .environment = context.environment(),
       .home = home.root(),
       .carbon_zone = zone == context.environment().end() ? "" : zone->second},
      hardware::ask_kernel());
  const auto findings = hardware::examine(facts);
  auto& output = context.output();
  if (options.json) {
    output.data(hardware::doctor_report(facts, findings)
                    .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                "\n");
  } else {
    output.data(host_text(facts.host));
  }
  if (options.calibrate) {
    WATTLE_RETURN_IF_ERROR(calibrate(context, home, facts.host));
  }
  for (const auto& finding : findings) {
    if (!options.json) {
      output.data(text_of(finding, output));
    }
  }
  const bool broken = std::ranges::any_of(
      findings, [](const Finding& f) { return f.severity == Severity::kProblem; });
  return static_cast<int>(broken ? ExitCode::kFailed : ExitCode::kOk);
}

}  // namespace wattle::cli
