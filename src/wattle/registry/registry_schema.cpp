#include "wattle/registry/registry_schema.h"

namespace wattle::registry {
namespace {

std::vector<std::string> experiments_and_runs() {
  return {
      "CREATE TABLE experiments ("
      " id TEXT NOT NULL PRIMARY KEY,"
      " project TEXT NOT NULL,"
      " name TEXT NOT NULL,"
      " lifecycle TEXT NOT NULL CHECK (lifecycle IN ('active', 'deleted')),"
      " actor TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " updated_ns INTEGER NOT NULL,"
      " version INTEGER NOT NULL,"
      " UNIQUE (project, name)) STRICT",
      "CREATE INDEX experiments_by_creation ON experiments (project, lifecycle, created_ns, id)",
      "CREATE TABLE runs ("
      " id TEXT NOT NULL PRIMARY KEY,"
      " project TEXT NOT NULL,"
      " experiment_id TEXT NOT NULL,"
      " actor TEXT NOT NULL,"
      " name TEXT NOT NULL,"
      " kind TEXT NOT NULL,"
      " state TEXT NOT NULL,"
      " lifecycle TEXT NOT NULL CHECK (lifecycle IN ('active', 'deleted')),"
      " created_ns INTEGER NOT NULL,"
      " started_ns INTEGER,"
      " ended_ns INTEGER,"
      " parent_id TEXT,"
      " source TEXT NOT NULL,"
      " version INTEGER NOT NULL) STRICT",
      // A listing walks one of these, newest first, and stops when its page is full.
      "CREATE INDEX runs_by_creation ON runs (project, lifecycle, created_ns, id)",
      "CREATE INDEX runs_by_experiment ON runs (experiment_id, lifecycle, created_ns, id)",
      "CREATE INDEX runs_by_state ON runs (project, state, lifecycle, created_ns, id)",
      "CREATE INDEX runs_by_experiment_state ON runs "
      "(experiment_id, state, lifecycle, created_ns, id)",
      "CREATE INDEX runs_by_start ON runs (experiment_id, lifecycle, started_ns, id)",
      "CREATE INDEX runs_by_name ON runs (project, name, created_ns, id)",
      "CREATE INDEX runs_by_parent ON runs (parent_id, created_ns, id)",
  };
}

/// Params and tags have the same columns; created_ns is the run's, so that an index finds the
/// newest runs with a value.
std::vector<std::string> texts_of_runs(const std::string& table) {
  return {
      "CREATE TABLE " + table +
          " ("
          " run_id TEXT NOT NULL,"
          " key TEXT NOT NULL,"
          " value TEXT NOT NULL,"
          " value_head TEXT NOT NULL,"
          " project TEXT NOT NULL,"
          " created_ns INTEGER NOT NULL,"
          " PRIMARY KEY (run_id, key)) STRICT",
      "CREATE INDEX " + table + "_by_value ON " + table +
          " (project, key, value_head, created_ns, run_id)",
  };
}

std::vector<std::string> metrics_of_runs() {
  return {
      // The latest value of each metric; created_ns and experiment_id are the run's.
      "CREATE TABLE run_metrics ("
      " run_id TEXT NOT NULL,"
      " key TEXT NOT NULL,"
      " value REAL NOT NULL,"
      " special INTEGER NOT NULL,"
      " step INTEGER NOT NULL,"
      " at_ns INTEGER NOT NULL,"
      " project TEXT NOT NULL,"
      " experiment_id TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " PRIMARY KEY (run_id, key)) STRICT",
      // Ordered by value: few runs beyond a bound, and the best ones.
      "CREATE INDEX run_metrics_by_experiment_value ON run_metrics "
      "(experiment_id, key, special, value, created_ns, run_id)",
      "CREATE INDEX run_metrics_by_value ON run_metrics "
      "(project, key, special, value, created_ns, run_id)",
      // Ordered by creation: the newest of many runs beyond a bound, from the index alone.
      "CREATE INDEX run_metrics_by_creation ON run_metrics "
      "(project, key, created_ns, run_id, special, value)",
  };
}

std::vector<std::string> models() {
  return {
      "CREATE TABLE models ("
      " id TEXT NOT NULL PRIMARY KEY,"
      " project TEXT NOT NULL,"
      " name TEXT NOT NULL,"
      " description TEXT NOT NULL,"
      " actor TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " updated_ns INTEGER NOT NULL,"
      " last_number INTEGER NOT NULL,"
      " version INTEGER NOT NULL,"
      " UNIQUE (project, name)) STRICT",
      "CREATE TABLE model_versions ("
      " model_id TEXT NOT NULL,"
      " number INTEGER NOT NULL,"
      " project TEXT NOT NULL,"
      " actor TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " run_id TEXT,"
      " sha256 TEXT NOT NULL,"
      " description TEXT NOT NULL,"
      " approval TEXT NOT NULL"
      "  CHECK (approval IN ('none', 'pending', 'approved', 'rejected')),"
      " approval_actor TEXT NOT NULL,"
      " approval_reason TEXT NOT NULL,"
      " approval_ns INTEGER,"
      " version INTEGER NOT NULL,"
      " PRIMARY KEY (model_id, number)) STRICT",
      "CREATE INDEX model_versions_by_run ON model_versions (run_id)",
      "CREATE INDEX model_versions_by_artifact ON model_versions (sha256)",
      "CREATE TABLE model_aliases ("
      " model_id TEXT NOT NULL,"
      " alias TEXT NOT NULL,"
      " number INTEGER NOT NULL,"
      " project TEXT NOT NULL,"
      " actor TEXT NOT NULL,"
      " moved_ns INTEGER NOT NULL,"
      " PRIMARY KEY (model_id, alias)) STRICT",
  };
}

std::vector<std::string> tags_and_lineage() {
  return {
      // Of experiments, models and versions.
      "CREATE TABLE registry_tags ("
      " owner_kind TEXT NOT NULL,"
      " owner_id TEXT NOT NULL,"
      " key TEXT NOT NULL,"
      " value TEXT NOT NULL,"
      " project TEXT NOT NULL,"
      " actor TEXT NOT NULL,"
      " PRIMARY KEY (owner_kind, owner_id, key)) STRICT",
      "CREATE TABLE lineage ("
      " project TEXT NOT NULL,"
      " from_kind TEXT NOT NULL,"
      " from_id TEXT NOT NULL,"
      " relation TEXT NOT NULL CHECK (relation IN ('produced', 'used', 'derived')),"
      " to_kind TEXT NOT NULL,"
      " to_id TEXT NOT NULL,"
      " actor TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " PRIMARY KEY (project, from_kind, from_id, relation, to_kind, to_id)) STRICT",
      "CREATE INDEX lineage_back ON lineage (project, to_kind, to_id, from_kind, from_id)",
  };
}

}  // namespace

store::Schema registry_schema() {
  // What was released is never changed: what follows gets the next number.
  std::vector<std::string> statements;
  for (const auto& part :
       {experiments_and_runs(), texts_of_runs("run_params"), texts_of_runs("run_tags"),
        metrics_of_runs(), models(), tags_and_lineage()}) {
    statements.insert(statements.end(), part.begin(), part.end());
  }
  return {.module = "registry",
          .migrations = {{1, "experiments, runs, models, lineage", std::move(statements)}}};
}

}  // namespace wattle::registry
