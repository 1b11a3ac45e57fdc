// Timers that outlive the server: set in the transaction of what waits for them, and found again by
// whoever runs when they are due.
//
// A timer is handled in one transaction: take() removes it, and the effect is written beside it. So
// it goes off once, or, if that transaction did not commit, again.
//
// Units:    instants in nanoseconds (UTC).
// Errors:   as database.h.
// Threads:  any. Lifetime: a Timers borrows its Database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::store {

struct Timer {
  std::string name;  // "job.retry/01J...": set again, it moves
  UtcTime due;
  std::string payload = "{}";  // JSON

  bool operator==(const Timer&) const = default;
};

class Timers {
 public:
  explicit Timers(Database& database) : database_(database) {}

  static Status set(Session& session, const Timer& timer);
  /// False when there is none of that name.
  static Result<bool> cancel(Session& session, std::string_view name);
  /// Removes a timer that due() gave. False when it was cancelled or moved meanwhile: then it must
  /// have no effect.
  static Result<bool> take(Session& session, const Timer& timer);

  /// Those that are due, the longest first, at most `limit`.
  Result<std::vector<Timer>> due(UtcTime now, std::int64_t limit);
  /// When the next one is due, to wait until then; nullopt without any.
  Result<std::optional<UtcTime>> next_due();

 private:
  Database& database_;
};

}  // namespace wattle::store
