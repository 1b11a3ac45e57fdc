#include "wattle/registry/runs.h"

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/changes.h"
#include "wattle/registry/experiments.h"
#include "wattle/registry/names.h"
#include "wattle/store/special_value.h"

namespace wattle::registry {
namespace {

Error no_run(std::string_view id) {
  return {ErrorCode::kNotFound, concat("there is no run '", id, "'")};
}

std::optional<std::int64_t> nanoseconds(const std::optional<UtcTime>& time) {
  return time ? std::optional(time->ns) : std::nullopt;
}

std::optional<UtcTime> maybe_time(const store::SqlRow& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(UtcTime{row.integer(column)});
}

Status check_batch(std::string_view what, std::size_t count) {
  return count <= limits::kLogBatch
             ? Status()
             : Status(Error(ErrorCode::kInvalidArgument,
                            concat(count, " ", what, " at once are more than ", limits::kLogBatch,
                                   "; send them in several calls")));
}

std::vector<KeyValue> details_of(const Run& old, const RunUpdate& update) {
  std::vector<KeyValue> details;
  if (update.state && *update.state != old.state) {
    details.push_back({"from", old.state});
    details.push_back({"state", *update.state});
  }
  if (update.name) {
    details.push_back({"name", *update.name});
  }
  if (update.lifecycle) {
    details.push_back({"lifecycle", to_text(*update.lifecycle)});
  }
  return details;
}

}  // namespace

std::string_view run_columns() {
  return "r.id, r.project, r.experiment_id, r.actor, r.name, r.kind, r.state, r.lifecycle, "
         "r.created_ns, r.started_ns, r.ended_ns, r.parent_id, r.source, r.version";
}

Run read_run(const store::SqlRow& row) {
  return {.id = row.text(0),
          .project = row.text(1),
          .experiment_id = row.text(2),
          .actor = row.text(3),
          .name = row.text(4),
          .kind = row.text(5),
          .state = row.text(6),
          .lifecycle = row.text(7) == "active" ? Lifecycle::kActive : Lifecycle::kDeleted,
          .created = {row.integer(8)},
          .started = maybe_time(row, 9),
          .ended = maybe_time(row, 10),
          .parent_id = row.maybe_text(11),
          .source = row.text(12),
          .version = row.integer(13)};
}

Result<Run> Runs::create(const Caller& caller, const NewRun& run) {
  WATTLE_RETURN_IF_ERROR(check_name("run", run.name));
  WATTLE_RETURN_IF_ERROR(check_name("kind", run.kind));
  WATTLE_RETURN_IF_ERROR(check_name("state", run.state));
  WATTLE_ASSIGN_OR_RETURN(const auto experiment,
                          Experiments(session_).get(caller.project, run.experiment_id));
  if (experiment.lifecycle == Lifecycle::kDeleted) {
    return Error(ErrorCode::kFailedPrecondition,
                 concat("the experiment '", experiment.name, "' is deleted; restore it first"));
  }
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t made,
      session_.execute(
          "INSERT INTO runs (id, project, experiment_id, actor, name, kind, state, lifecycle, "
          "created_ns, started_ns, ended_ns, parent_id, source, version) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?, ?, NULL, ?, ?, 1) ON CONFLICT (id) DO NOTHING",
          {run.id, caller.project, run.experiment_id, caller.actor, run.name, run.kind, run.state,
           caller.now.ns, store::sql_value(nanoseconds(run.started)),
           store::sql_value(run.parent_id), run.source}));
  if (made == 0) {
    return Error(ErrorCode::kAlreadyExists, concat("there is a run '", run.id, "' already"));
  }
  WATTLE_RETURN_IF_ERROR(note_change(
      session_, caller,
      {"run.created", run.id, {{"experiment", run.experiment_id}, {"state", run.state}}}));
  return get(caller.project, run.id);
}

Result<Run> Runs::get(std::string_view project, std::string_view id) {
  std::optional<Run> found;
  WATTLE_RETURN_IF_ERROR(session_.query(
      concat("SELECT ", run_columns(), " FROM runs r WHERE r.id = ? AND r.project = ?"),
      {std::string(id), std::string(project)}, [&found](const store::SqlRow& row) {
        found = read_run(row);
        return Status();
      }));
  return found ? Result<Run>(*std::move(found)) : no_run(id);
}

Result<Run> Runs::update(const Caller& caller, const std::string& id, const RunUpdate& update) {
  WATTLE_ASSIGN_OR_RETURN(const Run old, get(caller.project, id));
  WATTLE_RETURN_IF_ERROR(check_version(concat("run ", id), old.version, update.expected_version));
  WATTLE_RETURN_IF_ERROR(check_name("run", update.name.value_or(old.name)));
  WATTLE_RETURN_IF_ERROR(check_name("state", update.state.value_or(old.state)));
  const auto started = update.started ? update.started : old.started;
  const auto ended = update.ended ? update.ended : old.ended;
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "UPDATE runs SET name = ?, state = ?, started_ns = ?, ended_ns = ?, lifecycle = ?, "
      "version = version + 1 WHERE id = ?",
      {update.name.value_or(old.name), update.state.value_or(old.state),
       store::sql_value(nanoseconds(started)), store::sql_value(nanoseconds(ended)),
       to_text(update.lifecycle.value_or(old.lifecycle)), id}));
  WATTLE_RETURN_IF_ERROR(
      note_change(session_, caller, {"run.updated", id, details_of(old, update)}));
  return get(caller.project, id);
}

Status Runs::check_count(std::string_view table, const Run& run, std::size_t most) {
  std::int64_t count = 0;
  WATTLE_RETURN_IF_ERROR(session_.query(concat("SELECT COUNT(*) FROM ", table, " WHERE run_id = ?"),
                                        {run.id}, [&count](const store::SqlRow& row) {
                                          count = row.integer(0);
                                          return Status();
                                        }));
  return count <= static_cast<std::int64_t>(most)
             ? Status()
             : Status(Error(ErrorCode::kInvalidArgument,
                            concat("run ", run.id, " would have ", count, " of ", table,
                                   ", and may have ", most)));
}

Status Runs::log_params(const Caller& caller, const std::string& id,
                        std::span<const KeyValue> params) {
  WATTLE_RETURN_IF_ERROR(check_batch("params", params.size()));
  WATTLE_ASSIGN_OR_RETURN(const Run run, get(caller.project, id));
  for (const auto& param : params) {
    WATTLE_RETURN_IF_ERROR(log_param(run, param));
  }
  WATTLE_RETURN_IF_ERROR(check_count("run_params", run, limits::kRunTexts));
  return note_change(session_, caller,
                     {"run.params", id, {{"count", std::to_string(params.size())}}});
}

Status Runs::log_param(const Run& run, const KeyValue& param) {
  WATTLE_RETURN_IF_ERROR(check_param(param));
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t made,
      session_.execute(
          "INSERT INTO run_params (run_id, key, value, value_head, project, created_ns) "
          "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run_id, key) DO NOTHING",
          {run.id, param.key, param.value, value_head(param.value), run.project, run.created.ns}));
  if (made > 0) {
    return {};
  }
  std::string there;
  WATTLE_RETURN_IF_ERROR(session_.query("SELECT value FROM run_params WHERE run_id = ? AND key = ?",
                                        {run.id, param.key}, [&there](const store::SqlRow& row) {
                                          there = row.text(0);
                                          return Status();
                                        }));
  return there == param.value
             ? Status()
             : Status(
                   Error(ErrorCode::kInvalidArgument,
                         concat("param '", param.key, "' of run ", run.id, " is '",
                                value_head(there), "' and cannot become '", value_head(param.value),
                                "': params never change; use a tag, or another run")));
}

Status Runs::log_metrics(const Caller& caller, const std::string& id,
                         std::span<const Metric> metrics) {
  WATTLE_RETURN_IF_ERROR(check_batch("metrics", metrics.size()));
  WATTLE_ASSIGN_OR_RETURN(const Run run, get(caller.project, id));
  for (const auto& metric : metrics) {
    WATTLE_RETURN_IF_ERROR(check_key("metric", metric.key));
    const auto number = store::encode_number(metric.value);
    WATTLE_RETURN_IF_ERROR(session_.execute(
        "INSERT INTO run_metrics "
        "(run_id, key, value, special, step, at_ns, project, experiment_id, created_ns) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id, key) DO UPDATE SET "
        "value = excluded.value, special = excluded.special, step = excluded.step, "
        "at_ns = excluded.at_ns WHERE (excluded.step, excluded.at_ns, excluded.value) >= "
        "(run_metrics.step, run_metrics.at_ns, run_metrics.value)",
        {run.id, metric.key, number.value, number.special, metric.step, metric.at.ns, run.project,
         run.experiment_id, run.created.ns}));
  }
  WATTLE_RETURN_IF_ERROR(check_count("run_metrics", run, limits::kMetricNames));
  return note_change(session_, caller,
                     {"run.metrics", id, {{"count", std::to_string(metrics.size())}}});
}

Status Runs::set_tags(const Caller& caller, const std::string& id, std::span<const KeyValue> tags) {
  WATTLE_RETURN_IF_ERROR(check_batch("tags", tags.size()));
  WATTLE_ASSIGN_OR_RETURN(const Run run, get(caller.project, id));
  for (const auto& tag : tags) {
    WATTLE_RETURN_IF_ERROR(check_tag(tag));
    WATTLE_RETURN_IF_ERROR(session_.execute(
        "INSERT INTO run_tags (run_id, key, value, value_head, project, created_ns) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run_id, key) DO UPDATE SET "
        "value = excluded.value, value_head = excluded.value_head",
        {run.id, tag.key, tag.value, value_head(tag.value), run.project, run.created.ns}));
  }
  WATTLE_RETURN_IF_ERROR(check_count("run_tags", run, limits::kRunTexts));
  return note_change(session_, caller, {"run.tags", id, {{"count", std::to_string(tags.size())}}});
}

Status Runs::delete_tag(const Caller& caller, const std::string& id, const std::string& key) {
  WATTLE_ASSIGN_OR_RETURN(const Run run, get(caller.project, id));
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t removed,
      session_.execute("DELETE FROM run_tags WHERE run_id = ? AND key = ?", {run.id, key}));
  if (removed == 0) {
    return Error(ErrorCode::kNotFound, concat("run ", id, " has no tag '", key, "'"));
  }
  return note_change(session_, caller, {"run.tag_deleted", id, {{"key", key}}});
}

Result<std::vector<KeyValue>> Runs::texts(std::string_view table, std::string_view id) {
  std::vector<KeyValue> found;
  WATTLE_RETURN_IF_ERROR(
      session_.query(concat("SELECT key, value FROM ", table, " WHERE run_id = ? ORDER BY key"),
                     {std::string(id)}, [&found](const store::SqlRow& row) {
                       found.push_back({row.text(0), row.text(1)});
                       return Status();
                     }));
  return found;
}

Result<std::vector<KeyValue>> Runs::params(std::string_view id) {
  return texts("run_params", id);
}

Result<std::vector<KeyValue>> Runs::tags(std::string_view id) {
  return texts("run_tags", id);
}

Result<std::vector<Metric>> Runs::metrics(std::string_view id) {
  std::vector<Metric> found;
  WATTLE_RETURN_IF_ERROR(session_.query(
      "SELECT key, value, special, step, at_ns FROM run_metrics WHERE run_id = ? ORDER BY key",
      {std::string(id)}, [&found](const store::SqlRow& row) {
        found.push_back({.key = row.text(0),
                         .value = store::decode_number({row.real(1), row.integer(2)}),
                         .step = row.integer(3),
                         .at = {row.integer(4)}});
        return Status();
      }));
  return found;
}

}  // namespace wattle::registry
