// A lease that one process holds at a time, with a token that fences off whoever held it before.
//
// A holder may be stopped for longer than its lease (a frozen virtual machine) and go on as if
// nothing had been. So its writes check the token, in the same transaction: a successor has a
// higher one, and the stale write is refused. Clocks that disagree cost waiting, never safety.
//
// Units:    Seconds, instants in nanoseconds (UTC).
// Errors:   kUnavailable: somebody else holds it; the message says who. kFailedPrecondition: this
//           holder has lost it. Otherwise as database.h.
// Threads:  any. Lifetime: a LeaderLease borrows its Database and Clock; the lease ends by
//           release() or by time, not with the object.
#pragma once

#include <cstdint>
#include <string>

#include "wattle/base/time.h"
#include "wattle/base/units.h"
#include "wattle/store/database.h"

namespace wattle::store {

class LeaderLease {
 public:
  struct Options {
    std::string name;    // "server"
    std::string holder;  // host, process, start: for messages, and unique to a process
    Seconds duration{15};
  };

  LeaderLease(Database& database, const Clock& clock, Options options)
      : database_(database), clock_(clock), options_(std::move(options)) {}

  /// Takes the lease if nobody holds it. Whoever holds it itself gets a new token.
  Status acquire();
  /// Holds it for another `duration`. Also after its time is over, as long as nobody else took it.
  Status renew();
  /// Others may take it now.
  Status release();
  /// In each write of the holder.
  Status check(Session& session) const;

  /// Of the last acquire(); higher than that of every holder before. 0: not acquired.
  std::int64_t token() const { return token_; }

 private:
  Result<std::int64_t> take(Session& session, std::int64_t now_ns) const;
  Error lost() const;

  Database& database_;
  const Clock& clock_;
  Options options_;
  std::int64_t token_ = 0;
};

}  // namespace wattle::store
