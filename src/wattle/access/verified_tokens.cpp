#include "wattle/access/verified_tokens.h"

#include <algorithm>
#include <vector>

#include "wattle/base/limits.h"

namespace wattle::access {

std::optional<VerifiedToken> VerifiedTokens::find(const std::string& hash) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(hash);
  if (found == entries_.end()) {
    return std::nullopt;
  }
  if (clock_.boot_now() - found->second.since >= Seconds(limits::kVerifiedTokenSeconds)) {
    entries_.erase(found);
    return std::nullopt;
  }
  return found->second.token;
}

std::int64_t VerifiedTokens::generation() {
  const std::scoped_lock lock(mutex_);
  return generation_;
}

void VerifiedTokens::keep(const std::string& hash, const VerifiedToken& token,
                          std::int64_t generation) {
  const std::scoped_lock lock(mutex_);
  if (generation != generation_) {
    return;
  }
  if (entries_.size() >= limits::kVerifiedTokens && !entries_.contains(hash)) {
    make_room();
  }
  entries_.insert_or_assign(hash, Entry{.token = token, .since = clock_.boot_now()});
}

void VerifiedTokens::set_last_used(const std::string& hash, UtcTime at) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = entries_.find(hash); found != entries_.end()) {
    found->second.token.last_used = at;
  }
}

void VerifiedTokens::forget_all() {
  const std::scoped_lock lock(mutex_);
  ++generation_;
  entries_.clear();
}

/// Half of the entries at once, so that thousands of tokens in turn do not search for the oldest
/// one each time.
void VerifiedTokens::make_room() {
  std::vector<BootTime> instants;
  instants.reserve(entries_.size());
  for (const auto& [hash, entry] : entries_) {
    instants.push_back(entry.since);
  }
  const auto middle = instants.begin() + static_cast<std::ptrdiff_t>(instants.size() / 2);
  std::ranges::nth_element(instants, middle);
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.since <= *middle; });
}

}  // namespace wattle::access
