// Experiments: named groups of runs within a project.
//
// Units:    UTC.
// Errors:   kAlreadyExists: the project has an experiment of that name, deleted ones included.
//           kNotFound: none of that id or name in the caller's project. kInvalidArgument: a name
//           that is none. kFailedPrecondition: the row was changed meanwhile. Else as the database.
// Threads:  as the Session. Lifetime: borrows the Session.
// See:      docs/reference/registry.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/caller.h"
#include "wattle/store/database.h"

namespace wattle::registry {

struct Experiment {
  std::string id;
  std::string project;
  std::string name;
  Lifecycle lifecycle = Lifecycle::kActive;
  std::string actor;
  UtcTime created;
  UtcTime updated;
  std::int64_t version = 1;  // of the row: counts its changes
};

class Experiments {
 public:
  explicit Experiments(store::Session& session) : session_(session) {}

  /// `id` is a new ULID.
  Result<Experiment> create(const Caller& caller, const std::string& id, const std::string& name);
  /// The active one of that name, made when there is none. kFailedPrecondition when it is deleted.
  Result<Experiment> get_or_create(const Caller& caller, const std::string& id,
                                   const std::string& name);
  Result<Experiment> get(std::string_view project, std::string_view id);
  Result<std::optional<Experiment>> find_by_name(std::string_view project, std::string_view name);
  /// Newest first; `before`: only those made before this one.
  Result<std::vector<Experiment>> list(std::string_view project, Lifecycle lifecycle,
                                       std::size_t limit,
                                       const std::optional<Experiment>& before = {});
  /// `expected` is the version that the caller has seen; nullopt: whatever it is.
  Status rename(const Caller& caller, const std::string& id, const std::string& name,
                std::optional<std::int64_t> expected = {});
  /// Deleted ones keep their runs and can be restored.
  Status set_lifecycle(const Caller& caller, const std::string& id, Lifecycle lifecycle);

 private:
  Result<std::optional<Experiment>> find(std::string_view condition,
                                         const store::SqlValues& parameters);
  store::Session& session_;
};

}  // namespace wattle::registry
