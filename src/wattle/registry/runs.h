// Runs: what was tried, with which params, and what came of it. The job module writes them along
// with its own tables; here nothing is known of how a run is executed.
//
// Units:    UTC; metrics as their names say.
// Errors:   kNotFound: no such run in the caller's project. kAlreadyExists: the id is taken.
//           kInvalidArgument: a key, value or name that is none, over a limit, or a param that has
//           another value already. kFailedPrecondition: the row was changed meanwhile, or the
//           experiment is deleted. Else as the database.
// Threads:  as the Session. Lifetime: borrows the Session.
// See:      docs/reference/registry.md, run_list.h for listings
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/caller.h"
#include "wattle/store/database.h"

namespace wattle::registry {

struct NewRun {
  std::string id;  // a new ULID
  std::string experiment_id;
  std::string name;
  std::string kind = "run";       // "training", "evaluation", "trial"
  std::string state = "pending";  // a word of whoever executes it
  std::optional<UtcTime> started;
  std::optional<std::string> parent_id;
  std::string source;  // where its code comes from: a script, a commit
};

struct Run {
  std::string id;
  std::string project;
  std::string experiment_id;
  std::string actor;
  std::string name;
  std::string kind;
  std::string state;
  Lifecycle lifecycle = Lifecycle::kActive;
  UtcTime created;
  std::optional<UtcTime> started;
  std::optional<UtcTime> ended;
  std::optional<std::string> parent_id;
  std::string source;
  std::int64_t version = 1;  // of the row: counts its changes
};

/// Only what is set is changed.
struct RunUpdate {
  std::optional<std::string> name;
  std::optional<std::string> state;
  std::optional<UtcTime> started;
  std::optional<UtcTime> ended;
  std::optional<Lifecycle> lifecycle;
  std::optional<std::int64_t> expected_version;  // nullopt: whatever it is
};

struct Metric {
  std::string key;
  double value = 0;  // NaN and the infinities are values too
  std::int64_t step = 0;
  UtcTime at;
};

class Runs {
 public:
  explicit Runs(store::Session& session) : session_(session) {}

  /// The experiment is an active one of the caller's project.
  Result<Run> create(const Caller& caller, const NewRun& run);
  Result<Run> get(std::string_view project, std::string_view id);
  Result<Run> update(const Caller& caller, const std::string& id, const RunUpdate& update);
  Status set_state(const Caller& caller, const std::string& id, const std::string& state) {
    auto updated = update(caller, id, {.state = state});
    return updated.ok() ? Status() : Status(updated.error());
  }

  /// A param is set once: the same value again is fine, another one is kInvalidArgument.
  Status log_params(const Caller& caller, const std::string& id, std::span<const KeyValue> params);
  /// Keeps the latest point of each metric: the greatest step, then time, then value.
  Status log_metrics(const Caller& caller, const std::string& id, std::span<const Metric> metrics);
  Status set_tags(const Caller& caller, const std::string& id, std::span<const KeyValue> tags);
  /// kNotFound when there is no such tag.
  Status delete_tag(const Caller& caller, const std::string& id, const std::string& key);

  // By key.
  Result<std::vector<KeyValue>> params(std::string_view id);
  Result<std::vector<KeyValue>> tags(std::string_view id);
  Result<std::vector<Metric>> metrics(std::string_view id);

 private:
  Result<std::vector<KeyValue>> texts(std::string_view table, std::string_view id);
  Status log_param(const Run& run, const KeyValue& param);
  Status check_count(std::string_view table, const Run& run, std::size_t most);

  store::Session& session_;
};

/// The columns that read_run reads, of a table runs with the alias `r`.
std::string_view run_columns();
Run read_run(const store::SqlRow& row);

}  // namespace wattle::registry
