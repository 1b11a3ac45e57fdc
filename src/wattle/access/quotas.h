// Quotas: the most that a project or a user may use. This module keeps them; the queue holds to
// them.
//
// Units:    Microjoules per calendar month of UTC, whole cores, jobs at once.
// Errors:   kInvalidArgument: a bound below zero. kFailedPrecondition: the row was changed since it
//           was read. kPermissionDenied: `by` is not admin of everything, since who may set a bound
//           is not bound. Else as the database.
// Threads:  any. Lifetime: borrows its Database and Clock.
// See:      docs/reference/access.md#quotas
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/access/grant.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"
#include "wattle/store/database.h"

namespace wattle::access {

/// Whatever is nullopt has no bound. 0 is a bound: nothing.
struct Quota {
  std::optional<Microjoules> energy_per_month;
  std::optional<std::int64_t> cores;
  std::optional<std::int64_t> jobs;

  friend bool operator==(const Quota&, const Quota&) = default;
};

/// The tighter one of each bound.
Quota tighter(const Quota& a, const Quota& b);

enum class QuotaKind { kProject, kUser };

struct QuotaSubject {
  QuotaKind kind = QuotaKind::kProject;
  std::string name;
};

struct StoredQuota {
  Quota quota;
  std::int64_t version = 0;  // 0: none was ever set
};

class Quotas {
 public:
  Quotas(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// `expected` is the version that the caller has seen, 0 for none; nullopt: whatever it is.
  Result<StoredQuota> set(const Identity& by, const QuotaSubject& subject, const Quota& quota,
                          std::optional<std::int64_t> expected = {});
  /// Without bounds where none was set.
  Result<StoredQuota> get(const QuotaSubject& subject);

  /// What holds for a job of that user in that project.
  Result<Quota> effective(std::string_view project, std::string_view user);
  /// The same in the caller's transaction, so that a job is admitted under the quota that is there.
  static Result<Quota> effective(store::Session& session, std::string_view project,
                                 std::string_view user);

 private:
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace wattle::access
