// Tokens that were verified a moment ago, so that a request costs no read of the database.
//
// An entry is believed for limits::kVerifiedTokenSeconds (5 s). What this process changes is
// forgotten at once; what another process changes (a second server on the same PostgreSQL, `wattle`
// on the home's file) takes effect here after these 5 s at the latest.
//
// The keys are hashes: a copy of this memory gives nobody a token.
//
// Units:    instants of the boot clock, so that a step of UTC neither lengthens nor ends an entry.
// Errors:   none.
// Threads:  any. Lifetime: borrows its Clock.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "wattle/access/grant.h"
#include "wattle/base/time.h"

namespace wattle::access {

struct VerifiedToken {
  Grant grant;
  std::optional<UtcTime> expires;
  std::optional<UtcTime> last_used;  // as noted in the database
};

class VerifiedTokens {
 public:
  explicit VerifiedTokens(const Clock& clock) : clock_(clock) {}

  std::optional<VerifiedToken> find(const std::string& hash);
  /// To be read before the database is, and handed to keep().
  std::int64_t generation();
  /// Unless forget_all() was called since `generation`: what was read before may not be true any
  /// more.
  void keep(const std::string& hash, const VerifiedToken& token, std::int64_t generation);
  void set_last_used(const std::string& hash, UtcTime at);
  /// After each change of tokens and users. They are few; tokens that are still good cost one read.
  void forget_all();

 private:
  struct Entry {
    VerifiedToken token;
    BootTime since;
  };
  void make_room();

  const Clock& clock_;
  std::mutex mutex_;
  std::int64_t generation_ = 0;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace wattle::access
