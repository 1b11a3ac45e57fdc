#include <algorithm>
#include <cmath>

#include "wattle/base/text.h"
#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/metrics.h"
#include "wattle/job/books.h"
#include "wattle/job/run_desk.h"

namespace wattle::job {
namespace {

/// A run whose maker died between accepting and starting it: nothing ran.
executor::ExitRecord never_begun(const RunRecord& record) {
  return {.outcome = executor::Outcome::kLost,
          .reason = "it was accepted, but never begun: the command that asked for it was killed",
          .started = record.created,
          .ended = record.created};
}

/// What of the host the run held: the CPUs that it reserved, else the share of the CPU time that it
/// used.
HostShare share_of(const Findings& findings, const hardware::HostDescription& host) {
  HostShare share;
  double cpu_seconds = 0;
  for (const auto& exit : findings.exits) {
    share.wall += exit.ended_boot - exit.started_boot;
    cpu_seconds += static_cast<double>(exit.cpu_microseconds) * 1e-6;
  }
  const auto& cpus = findings.record.job.resources.cpus;
  const double logical = std::max(1, host.cpu.logical_cpus);
  if (cpus && !cpus->at_least) {
    share.cpu_share = static_cast<double>(cpus->value) / logical;
  } else if (share.wall.value() > 0) {
    share.cpu_share = cpu_seconds / share.wall.value() / logical;
  }
  share.gpus = findings.statement.gpu_domains;
  return share;
}

/// "" when everything that was charged comes from a sensor.
std::string note_on_models(const ledger::Statement& statement) {
  std::vector<std::string> modelled;
  bool is_sensed = false;
  for (const auto& part : statement.components) {
    if (part.energy.quality() != Quality::kModelled) {
      is_sensed = true;
    } else if (part.energy.value().value() > 0) {
      modelled.emplace_back(energy::to_string(part.component));
    }
  }
  if (!is_sensed) {
    return "the energy is modelled, not measured: no counter is readable here (`wattle doctor` "
           "says why)";
  }
  return modelled.empty() ? ""
                          : concat("the energy of ", join(modelled, " and "),
                                   " is modelled, not measured (`wattle doctor` says why)");
}

void add_notes(Findings& findings) {
  auto& notes = findings.notes;
  if (!findings.statement.is_metered()) {
    notes.emplace_back("no meter ran, so energy and carbon are unknown");
  } else if (auto note = note_on_models(findings.statement); !note.empty()) {
    notes.push_back(std::move(note));
  }
  if (findings.carbon && findings.carbon->place.origin != carbon::ZoneOrigin::kConfigured) {
    notes.push_back(concat("the grid zone is ", findings.carbon->place.explanation,
                           "; set carbon.zone, --zone or WATTLE_ZONE"));
  }
  for (const auto& exit : findings.exits) {
    if (exit.output_dropped_bytes > 0) {
      notes.push_back(concat(exit.output_dropped_bytes, " bytes of output could not be stored"));
    }
    if (exit.output_discarded_bytes > 0) {
      notes.push_back(concat("the oldest ", exit.output_discarded_bytes,
                             " bytes of output went, as output_limit says"));
    }
  }
}

}  // namespace

Status RunDesk::find_exits(Findings& findings) {
  for (const auto number : catalog_.attempts(findings.record.id)) {
    const auto folder = catalog_.home().attempt(findings.record.id, number);
    auto exit = around_.executor.exit_record(folder);
    if (exit.ok()) {
      findings.exits.push_back(std::move(*exit));
    } else if (exit.error().code() != ErrorCode::kFailedPrecondition) {
      return exit.error();  // else it goes on, and what it uses comes with the next settlement
    }
  }
  if (findings.exits.empty()) {
    findings.exits.push_back(never_begun(findings.record));
  }
  return {};
}

void RunDesk::find_metrics(Findings& findings) {
  std::vector<executor::MetricPattern> patterns;
  for (const auto& pattern : findings.record.job.metrics.patterns) {
    patterns.push_back({.name = pattern.name, .pattern = pattern.pattern});
  }
  for (const auto number : catalog_.attempts(findings.record.id)) {
    const auto folder = catalog_.home().attempt(findings.record.id, number);
    const auto summary =
        executor::collect_metrics(folder, findings.record.job.metrics.file, patterns);
    if (!summary.ok()) {
      findings.notes.push_back(concat("metrics are unknown: ", summary.error().message()));
      continue;
    }
    for (const auto& [name, value] : summary->last) {
      findings.metrics[name] = value;
    }
    findings.notes.insert(findings.notes.end(), summary->notes.begin(), summary->notes.end());
  }
}

void RunDesk::find_outputs(Findings& findings) {
  const bool succeeded = end_of(findings.exits.back()).state == "succeeded";
  for (const auto& [name, path] : findings.record.job.outputs) {
    auto facts = facts_of_file(around_.files, name, path);
    if (facts.ok()) {
      findings.outputs.push_back(std::move(*facts));
    } else if (succeeded) {
      findings.notes.push_back(concat("output ", facts.error().message()));
    }
  }
  const std::string artifacts = catalog_.home().run(findings.record.id) + "/artifacts";
  for (const auto* folder : {"model", "output"}) {
    const std::string path = path_join(artifacts, folder);
    for (const auto& file : around_.files.list(path).value_or({})) {
      if (auto facts = facts_of_file(around_.files, file, path_join(path, file)); facts.ok()) {
        findings.outputs.push_back(std::move(*facts));
      }
    }
  }
}

void RunDesk::find_carbon(Findings& findings) {
  if (!findings.statement.is_metered()) {
    return;
  }
  auto desk = open_carbon(findings.record.job);
  if (!desk.ok()) {
    findings.notes.push_back(concat("carbon is unknown: ", desk.error().message()));
    return;
  }
  auto report = (*desk)->account(findings.statement, host_, share_of(findings, host_));
  if (report.ok()) {
    findings.carbon = std::move(*report);
  } else {
    findings.notes.push_back(concat("carbon is unknown: ", report.error().message()));
  }
}

Result<messages::Receipt> RunDesk::settle(std::string_view id) {
  Findings findings;
  WATTLE_ASSIGN_OR_RETURN(findings.record, catalog_.load(id));
  WATTLE_RETURN_IF_ERROR(find_exits(findings).with_context("settling the run"));
  WATTLE_ASSIGN_OR_RETURN(findings.statement, books().statement(id));
  find_metrics(findings);
  find_outputs(findings);
  find_carbon(findings);
  add_notes(findings);
  const auto receipt = make_receipt(findings);
  WATTLE_RETURN_IF_ERROR(catalog_.save_receipt(receipt).with_context("storing the receipt"));
  return receipt;
}

/// How long an attempt that goes on has stood still.
Seconds RunDesk::frozen_time(const std::string& folder) const {
  const auto freeze = executor::read_freeze(around_.files, folder);
  if (!freeze.ok()) {
    return Seconds(0);
  }
  return freeze->frozen ? freeze->before + (around_.clock.boot_now() - freeze->changed_boot)
                        : freeze->before;
}

Result<Spent> RunDesk::spent(const RunRecord& record) {
  Spent spent;
  for (const auto number : catalog_.attempts(record.id)) {
    const auto folder = catalog_.home().attempt(record.id, number);
    if (const auto exit = around_.executor.exit_record(folder); exit.ok()) {
      spent.time += exit->ended_boot - exit->started_boot - exit->frozen;
    } else if (const auto supervisor = executor::read_supervisor(around_.files, folder);
               supervisor.ok()) {
      spent.time += around_.clock.boot_now() - supervisor->started_boot - frozen_time(folder);
    }
  }
  if (!needs_energy(record.job.budget)) {
    return spent;
  }
  Findings findings{.record = record};
  WATTLE_ASSIGN_OR_RETURN(findings.statement, books().statement(record.id));
  if (!findings.statement.is_metered()) {
    return spent;
  }
  spent.energy = findings.statement.energy.value();
  find_carbon(findings);
  if (findings.carbon) {
    spent.emissions = findings.carbon->operational.value();
    if (findings.carbon->cost) {
      spent.money = findings.carbon->cost->money.value().value();
    }
  }
  return spent;
}

}  // namespace wattle::job
