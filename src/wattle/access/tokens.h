// Tokens: how programs and people prove over TCP who they are.
//
// A token is a secret that belongs to a user and carries one grant. It is shown once, when it is
// made; the database keeps its SHA-256. Changing its rights means making another one.
//
// Units:    instants in nanoseconds (UTC): what expires does so by the clock on the wall.
// Errors:   kPermissionDenied: `by` may not give or take this; or, of verify(), the one refusal.
//           kNotFound: no such user or token. kInvalidArgument: a name or an expiry that is none.
//           kFailedPrecondition: too many tokens, or the user is disabled. Else as the database.
// Threads:  any. Lifetime: borrows its Database, Clock and RandomSource.
// See:      docs/reference/access.md#tokens
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/access/grant.h"
#include "wattle/access/random_source.h"
#include "wattle/access/secret.h"
#include "wattle/access/verdict.h"
#include "wattle/access/verified_tokens.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::access {

struct NewToken {
  std::string user;
  std::string name;  // what it is for: "laptop", "nightly CI"
  ProjectRange projects;
  Scope scope = Scope::kRead;
  std::optional<UtcTime> expires;  // nullopt: never
};

struct Token {
  std::string id;
  std::string user;
  std::string name;
  std::string prefix;  // as prefix_of(): tells it apart
  ProjectRange projects = ProjectRange::all();
  Scope scope = Scope::kRead;
  std::string actor;  // who made it
  UtcTime created;
  std::optional<UtcTime> expires;
  std::optional<UtcTime> last_used;  // to the minute
  std::optional<UtcTime> revoked;

  friend bool operator==(const Token&, const Token&) = default;
};

struct MadeToken {
  Token token;
  Secret secret;
};

/// Which tokens a listing shows; nullopt is every one.
struct TokenFilter {
  std::optional<std::string> user;
  std::optional<std::string> project;  // those that hold for it, so also those for all projects
};

class Tokens {
 public:
  Tokens(store::Database& database, const Clock& clock, RandomSource& random)
      : database_(database), clock_(clock), random_(random), verified_(clock) {}

  /// `by` must be admin of what the token is for. It may be for another user: row and event name
  /// both.
  Result<MadeToken> create(const Identity& by, const NewToken& wanted);

  /// Who shows this text. The note of its last use may be a minute old; that it cannot be written
  /// refuses nobody.
  Result<Identity> verify(std::string_view text);
  /// The same with the reason for the log. Its errors are the database's.
  Result<Verdict> examine(std::string_view text);

  /// In the order of their ids, which is that of creation; those after the id `after`. What `by`
  /// may see of it is the caller's to decide.
  Result<std::vector<Token>> list(const TokenFilter& filter, std::string_view after,
                                  std::size_t limit);
  Result<Token> get(std::string_view id);

  /// Ends a token and every session that came from it. By an admin of what it is for, or by the
  /// token itself. Once more is no error.
  Status revoke(const Identity& by, std::string_view id);

  /// Removes tokens that were revoked or expired limits::kTokenKeptDays ago; how many.
  Result<std::int64_t> sweep();

  /// After a change of users by this process: what was verified is verified again.
  void forget_verified() { verified_.forget_all(); }

 private:
  Result<Verdict> look_up(const std::string& hash);
  Verdict admit(const std::string& hash, const VerifiedToken& token);

  store::Database& database_;
  const Clock& clock_;
  RandomSource& random_;
  VerifiedTokens verified_;
};

}  // namespace wattle::access
