// The one durable stream of events: an event is appended in the transaction of what it tells, so it
// is there exactly when that happened. Consumers read on from their own acknowledged position.
//
// The sequence has no gaps and is the order of commits: whoever has read N has missed nothing up to
// N.
//
// Units:    instants in nanoseconds (UTC).
// Errors:   kNotFound: no such consumer. kInvalidArgument: acknowledging what is not there yet, or
//           a payload over kMostPayloadBytes. Otherwise as database.h.
// Threads:  any. Lifetime: an Outbox borrows its Database.
// See:      docs/reference/database.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::store {

struct Event {
  std::string topic;  // "job.state", "alarm.fired": who is told
  std::string project;
  std::string actor;
  std::string subject;         // the id of what it is about
  std::string payload = "{}";  // JSON
  UtcTime at;
  std::int64_t sequence = 0;  // given by append()

  bool operator==(const Event&) const = default;
};

class Outbox {
 public:
  static constexpr std::size_t kMostPayloadBytes = std::size_t{256} << 10;

  explicit Outbox(Database& database) : database_(database) {}

  /// Its sequence number. In the caller's transaction: with it or not at all.
  static Result<std::int64_t> append(Session& session, const Event& event);

  /// The events after that number, at most `limit`. The first one is `after` + 1, unless trim() has
  /// removed some.
  Result<std::vector<Event>> read(std::int64_t after, std::int64_t limit);
  /// The number of the newest event; 0 before the first.
  Result<std::int64_t> last();

  /// Makes a consumer that has acknowledged everything up to `position`, unless it is there.
  Status add_consumer(std::string_view name, std::int64_t position);
  /// Nobody waits for it any more.
  Status remove_consumer(std::string_view name);
  Result<std::int64_t> acknowledged(std::string_view consumer);
  /// What the consumer has not acknowledged, at most `limit`, the oldest first.
  Result<std::vector<Event>> pending(std::string_view consumer, std::int64_t limit);
  /// The consumer is done with everything up to that number. In the transaction of what it did, so
  /// that each event has its effect once. A position never moves back.
  static Status acknowledge(Session& session, std::string_view consumer, std::int64_t sequence);

  /// Removes events from before `before` that every consumer has acknowledged; how many.
  Result<std::int64_t> trim(UtcTime before);

 private:
  Database& database_;
};

}  // namespace wattle::store
