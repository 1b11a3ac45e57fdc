// Projects: what rights, quotas and energy are kept apart by.
//
// Units:    instants in nanoseconds (UTC).
// Errors:   kAlreadyExists, kNotFound, kInvalidArgument, kPermissionDenied. kFailedPrecondition:
//           the row was changed since it was read, or there are too many. Else as the database.
// Threads:  any. Lifetime: borrows its Database and Clock.
// See:      docs/reference/access.md#projects
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/access/grant.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::access {

struct Project {
  std::string name;
  std::string description;
  std::string actor;  // who made it
  UtcTime created;
  std::int64_t version = 1;

  friend bool operator==(const Project&, const Project&) = default;
};

class Projects {
 public:
  Projects(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// By an admin of everything.
  Result<Project> create(const Identity& by, const std::string& name,
                         const std::string& description);
  /// Makes the project unless it is there, in the caller's transaction: the first run in a project
  /// makes it. `by` must be allowed to write there.
  static Status ensure(store::Session& session, const Identity& by, const std::string& name,
                       UtcTime now);
  Result<Project> get(std::string_view name);
  /// By name; those after the name `after`.
  Result<std::vector<Project>> list(std::string_view after, std::size_t limit);
  /// By an admin of the project. `expected` is the version that the caller has seen; nullopt:
  /// whatever it is.
  Result<Project> update(const Identity& by, std::string_view name, const std::string& description,
                         std::optional<std::int64_t> expected = {});

 private:
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace wattle::access
