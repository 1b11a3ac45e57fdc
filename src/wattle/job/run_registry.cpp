#include "wattle/job/run_registry.h"

#include <algorithm>

#include "wattle/base/ids.h"
#include "wattle/base/text.h"
#include "wattle/registry/experiments.h"
#include "wattle/registry/lineage.h"
#include "wattle/registry/models.h"
#include "wattle/registry/runs.h"

namespace wattle::job {
namespace {

using registry::Caller;
using registry::Metric;

constexpr const char* kDefaultExperiment = "Default";

Caller caller_of(const RunRecord& record, UtcTime now) {
  return {.project = record.job.project, .actor = record.actor, .now = now};
}

/// ULIDs of this module come from the clock that the caller was handed.
class FixedClock final : public Clock {
 public:
  explicit FixedClock(UtcTime now) : now_(now) {}
  UtcTime utc_now() const override { return now_; }
  BootTime boot_now() const override { return {}; }
  std::string boot_id() const override { return ""; }

 private:
  UtcTime now_;
};

std::string new_id(Rng& rng, UtcTime now) {
  return make_ulid(FixedClock(now), rng);
}

std::string source_of(const RunRecord& record) {
  const auto commit = record.environment.find("git_commit");
  return commit == record.environment.end() ? record.folder
                                            : concat(record.folder, "@", commit->second);
}

std::vector<Metric> metrics_of(const messages::Receipt& receipt, UtcTime now) {
  std::vector<Metric> metrics;
  for (const auto& [name, value] : receipt.metrics) {
    metrics.push_back({.key = name, .value = value, .at = now});
  }
  metrics.push_back({.key = "wattle.wall_seconds", .value = receipt.time.wall_seconds, .at = now});
  if (receipt.energy.joules) {
    metrics.push_back(
        {.key = "wattle.energy_joules", .value = receipt.energy.joules->value, .at = now});
  }
  if (receipt.carbon) {
    metrics.push_back(
        {.key = "wattle.grams_co2e", .value = receipt.carbon->operational_grams.value, .at = now});
  }
  return metrics;
}

}  // namespace

Status enter_run(store::Session& session, Rng& rng, const RunRecord& record, UtcTime now) {
  const auto caller = caller_of(record, now);
  WATTLE_ASSIGN_OR_RETURN(
      const auto experiment,
      registry::Experiments(session).get_or_create(
          caller, new_id(rng, now), record.job.experiment.value_or(kDefaultExperiment)));
  registry::Runs runs(session);
  const auto created = runs.create(caller, {.id = record.id,
                                            .experiment_id = experiment.id,
                                            .name = record.job.name,
                                            .kind = record.kind,
                                            .source = source_of(record)});
  WATTLE_RETURN_IF_ERROR(created.ok() ? Status() : Status(created.error()));
  std::vector<registry::KeyValue> params;
  for (const auto& [name, value] : record.job.params) {
    params.push_back({.key = name, .value = value.text});
  }
  WATTLE_RETURN_IF_ERROR(runs.log_params(caller, record.id, params));
  for (const auto& input : record.inputs) {
    WATTLE_RETURN_IF_ERROR(registry::add_edge(session, caller,
                                              {.from = {.kind = "artifact", .id = input.sha256},
                                               .relation = registry::Relation::kUsed,
                                               .to = {.kind = "run", .id = record.id}}));
  }
  return {};
}

Status move_run(store::Session& session, const RunOwner& owner, JobState to, UtcTime now) {
  registry::RunUpdate update{.state = std::string(to_string(to))};
  if (to == JobState::kRunning) {
    update.started = now;
  } else if (is_final(to)) {
    update.ended = now;
  }
  const auto moved = registry::Runs(session).update(
      {.project = owner.project, .actor = owner.actor, .now = now}, owner.run, update);
  return moved.ok() ? Status() : Status(moved.error());
}

Status complete_run(store::Session& session, const RunRecord& record,
                    const messages::Receipt& receipt, const std::vector<KeptOutput>& kept,
                    UtcTime now) {
  const auto caller = caller_of(record, now);
  WATTLE_RETURN_IF_ERROR(
      registry::Runs(session).log_metrics(caller, record.id, metrics_of(receipt, now)));
  for (const auto& output : kept) {
    WATTLE_RETURN_IF_ERROR(registry::add_edge(session, caller,
                                              {.from = {.kind = "run", .id = record.id},
                                               .relation = registry::Relation::kProduced,
                                               .to = {.kind = "artifact", .id = output.digest}}));
  }
  return {};
}

Status register_model(store::Session& session, Rng& rng, const RunRecord& record,
                      const std::vector<KeptOutput>& kept, UtcTime now) {
  const auto& wanted = record.job.registration;
  if (!wanted.model || kept.empty()) {
    return {};
  }
  const auto output = std::ranges::find(
      kept, wanted.output.value_or(record.job.outputs.begin()->first), &KeptOutput::name);
  if (output == kept.end()) {
    return {};
  }
  const auto caller = caller_of(record, now);
  registry::Models models(session);
  auto model = models.get_by_name(caller.project, *wanted.model);
  if (!model.ok() && model.error().code() == ErrorCode::kNotFound) {
    model = models.create(caller, new_id(rng, now), *wanted.model);
  }
  WATTLE_RETURN_IF_ERROR(model.ok() ? Status() : Status(model.error()));
  WATTLE_ASSIGN_OR_RETURN(const auto version,
                          models.create_version(caller, {.model_id = model->id,
                                                         .digest = output->digest,
                                                         .run_id = record.id,
                                                         .description = {}}));
  for (const auto& alias : wanted.aliases) {
    WATTLE_RETURN_IF_ERROR(models.set_alias(caller, model->id, alias, version.number));
  }
  return {};
}

}  // namespace wattle::job
