// The newest events of the outbox, read once for everybody who follows them.
//
// The store's outbox is the one durable stream; this is its tail in memory, so that a thousand open
// pages cost one query for each commit and not a thousand. Who has fallen behind what is kept here
// reads the outbox itself.
//
// Units:    sequence numbers of the outbox.
// Errors:   those of the database.
// Threads:  any. Lifetime: borrows the Database.
// See:      docs/reference/api.md#streams
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/net/body_source.h"
#include "wattle/store/outbox.h"

namespace wattle::api {

class EventFeed {
 public:
  /// `bell` is rung whenever something was committed.
  EventFeed(store::Database& database, std::shared_ptr<net::Bell> bell)
      : outbox_(database), bell_(std::move(bell)) {}

  const std::shared_ptr<net::Bell>& bell() const { return bell_; }

  /// The events after that number, the oldest first, at most `limit`.
  Result<std::vector<store::Event>> after(std::int64_t sequence, std::size_t limit);
  /// The number of the newest one; 0 before the first.
  Result<std::int64_t> last() { return outbox_.last(); }

 private:
  Status catch_up();

  store::Outbox outbox_;
  std::shared_ptr<net::Bell> bell_;
  std::mutex mutex_;
  std::deque<store::Event> newest_;  // without gaps
  std::int64_t last_ = -1;           // of newest_, or where it begins; -1: nothing was read yet
};

}  // namespace wattle::api
