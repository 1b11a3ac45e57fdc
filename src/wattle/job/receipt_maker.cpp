#include "wattle/job/receipt_maker.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "wattle/base/text.h"

namespace wattle::job {
namespace {

using executor::ExitRecord;
using executor::Outcome;
using messages::Figure;

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? concat("SIG", name) : concat("signal ", number);
}

std::string vintage_of(const carbon::CarbonReport& report) {
  const auto words = std::string(carbon::to_string(report.vintage));
  return report.year ? concat(words, " ", *report.year) : words;
}

messages::RunFacts run_facts(const Findings& findings) {
  const auto& record = findings.record;
  const auto& last = findings.exits.back();
  const RunEnd end = end_of(last);
  return {.id = record.id,
          .name = record.job.name,
          .project = record.job.project,
          .actor = record.actor,
          .kind = record.kind,
          .state = end.state,
          .outcome = std::string(executor::to_string(last.outcome)),
          .reason = end.reason,
          .exit_code = last.exit_code,
          .signal = last.signal,
          .attempts = static_cast<std::uint32_t>(findings.exits.size()),
          .command = record.argv(),
          .folder = record.folder,
          .observed = record.observed};
}

messages::TimeFacts time_facts(const Findings& findings) {
  messages::TimeFacts time{.created = findings.record.created,
                           .started = findings.exits.front().started,
                           .ended = findings.exits.back().ended};
  for (const auto& exit : findings.exits) {
    time.wall_seconds += (exit.ended_boot - exit.started_boot).value();
    time.cpu_seconds += static_cast<double>(exit.cpu_microseconds) * 1e-6;
    time.peak_memory_bytes = std::max(time.peak_memory_bytes, exit.memory_peak_bytes);
    time.read_bytes += exit.read_bytes;
    time.written_bytes += exit.written_bytes;
  }
  return time;
}

messages::EnergyFacts energy_facts(const ledger::Statement& statement) {
  messages::EnergyFacts facts{
      .joules = statement.is_metered() ? std::optional(Figure(statement.energy)) : std::nullopt,
      .components = {},
      .reserved_idle = to_joules(statement.reserved_idle),
      .unmetered_seconds = statement.unmetered.value(),
      .host_microjoules = {},
      .this_run_microjoules = statement.host.of_this_run.value()};
  for (const auto& part : statement.components) {
    facts.components.push_back({.component = std::string(energy::to_string(part.component)),
                                .joules = Figure(part.energy),
                                .sources = part.sources});
  }
  for (const auto& [account, energy] : statement.host.accounts) {
    facts.host_microjoules[std::string(ledger::to_string(account))] = energy.value();
  }
  return facts;
}

messages::CarbonFacts carbon_facts(const carbon::CarbonReport& report) {
  messages::CarbonFacts facts{.zone = report.zone,
                              .zone_origin = std::string(carbon::to_string(report.place.origin)),
                              .signal = std::string(carbon::to_string(report.signal)),
                              .source = report.source,
                              .vintage = vintage_of(report),
                              .mean_intensity = report.mean_intensity,
                              .operational_grams = Figure(report.operational),
                              .pue = report.pue.value,
                              .pue_origin = report.pue.origin,
                              .facility_grams = Figure(report.facility),
                              .notes = report.notes};
  if (report.water) {
    facts.water = {.litres = Figure(*report.water), .litres_per_kwh = report.wue->value.value()};
  }
  if (report.embodied) {
    facts.embodied = {.minimum = report.embodied->min,
                      .typical = report.embodied->typical,
                      .maximum = report.embodied->max};
  }
  if (report.sci) {
    facts.sci = report.sci->typical;
  }
  return facts;
}

}  // namespace

RunEnd end_of(const ExitRecord& exit) {
  switch (exit.outcome) {
    case Outcome::kExited:
      return exit.exit_code == 0
                 ? RunEnd{"succeeded", ""}
                 : RunEnd{"failed", concat("the command ended with exit code ", exit.exit_code)};
    case Outcome::kSignaled:
      return {"failed", concat("the command was killed by ", signal_name(exit.signal))};
    case Outcome::kNotStarted:
    case Outcome::kMemoryLimit:
      return {"failed", exit.reason};
    case Outcome::kStopped:
    case Outcome::kTimeLimit:
      return {"stopped", exit.reason};
    case Outcome::kInterrupted:
    case Outcome::kLost:
      break;
  }
  return {"interrupted", exit.reason};
}

messages::Receipt make_receipt(const Findings& findings) {
  messages::Receipt receipt;
  receipt.run = run_facts(findings);
  receipt.time = time_facts(findings);
  receipt.energy = energy_facts(findings.statement);
  if (findings.carbon) {
    receipt.carbon = carbon_facts(*findings.carbon);
    if (findings.carbon->cost) {
      receipt.cost = {.amount = Figure(findings.carbon->cost->money),
                      .currency = findings.carbon->cost->currency};
    }
  }
  receipt.prediction = findings.record.prediction;
  receipt.metrics = findings.metrics;
  receipt.inputs = findings.record.inputs;
  receipt.outputs = findings.outputs;
  receipt.environment = findings.record.environment;
  receipt.notes = findings.notes;
  return receipt;
}

}  // namespace wattle::job
