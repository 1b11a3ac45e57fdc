#include "wattle/api/event_feed.h"

#include <algorithm>

#include "wattle/base/limits.h"

namespace wattle::api {
namespace {

constexpr std::int64_t kReadAtOnce = 500;

}  // namespace

Result<std::vector<store::Event>> EventFeed::after(std::int64_t sequence, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  WATTLE_RETURN_IF_ERROR(catch_up());
  const auto first = newest_.empty() ? last_ + 1 : newest_.front().sequence;
  if (sequence + 1 < first) {
    return outbox_.read(sequence, static_cast<std::int64_t>(limit));
  }
  const auto from = std::ranges::upper_bound(newest_, sequence, {}, &store::Event::sequence);
  const auto count = std::min(limit, static_cast<std::size_t>(newest_.end() - from));
  return std::vector(from, from + static_cast<std::ptrdiff_t>(count));
}

Status EventFeed::catch_up() {
  if (last_ < 0) {
    WATTLE_ASSIGN_OR_RETURN(last_, outbox_.last());
  }
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(auto events, outbox_.read(last_, kReadAtOnce));
    for (auto& event : events) {
      last_ = event.sequence;
      newest_.push_back(std::move(event));
    }
    while (newest_.size() > limits::kEventsInMemory) {
      newest_.pop_front();
    }
    if (events.size() < static_cast<std::size_t>(kReadAtOnce)) {
      return {};
    }
  }
}

}  // namespace wattle::api
