// Users of a server that several people share. The owner of the home needs no row.
//
// Units:    instants in nanoseconds (UTC).
// Errors:   kAlreadyExists: the name or the account is taken. kNotFound: no such user.
//           kInvalidArgument: a name that is none. kFailedPrecondition: the row was changed since
//           it was read, or there are too many. kPermissionDenied: `by` is not admin of everything.
//           Else as the database.
// Threads:  any. Lifetime: borrows its Database, Clock and Tokens.
// See:      docs/reference/access.md#users
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/access/grant.h"
#include "wattle/access/tokens.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/database.h"

namespace wattle::access {

struct User {
  std::string name;
  std::string display_name;
  std::optional<std::string> unix_account;  // of at most one user
  bool is_disabled = false;
  std::string actor;  // who made it
  UtcTime created;
  std::int64_t version = 1;  // of the row: counts its changes

  friend bool operator==(const User&, const User&) = default;
};

struct NewUser {
  std::string name;
  std::string display_name;  // "": the name
  std::optional<std::string> unix_account;
};

/// What is changed; nullopt stays as it is.
struct UserChange {
  std::optional<std::string> display_name;
  std::optional<std::string> unix_account;  // "": none
  std::optional<bool> is_disabled;          // ends the user's sessions and stops the tokens
};

class Users {
 public:
  /// `tokens` forgets what it has verified when a user is disabled or removed.
  Users(store::Database& database, const Clock& clock, Tokens& tokens)
      : database_(database), clock_(clock), tokens_(tokens) {}

  Result<User> create(const Identity& by, const NewUser& wanted);
  Result<User> get(std::string_view name);
  /// By name; those after the name `after`.
  Result<std::vector<User>> list(std::string_view after, std::size_t limit);
  /// `expected` is the version that the caller has seen; nullopt: whatever it is.
  Result<User> update(const Identity& by, std::string_view name, const UserChange& change,
                      std::optional<std::int64_t> expected = {});
  /// Revokes the user's tokens, ends the sessions, removes the quota and the row. What the user did
  /// stays, under the name; a new user of that name gets none of the old tokens back.
  Status remove(const Identity& by, std::string_view name);

 private:
  store::Database& database_;
  const Clock& clock_;
  Tokens& tokens_;
};

}  // namespace wattle::access
