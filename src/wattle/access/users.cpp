#include "wattle/access/users.h"

#include <utility>

#include "wattle/access/changes.h"
#include "wattle/access/names.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

constexpr std::string_view kSelectUsers =
    "SELECT name, display_name, unix_account, disabled, actor, created_ns, version "
    "FROM access_users WHERE ";

User read_user(const store::SqlRow& row) {
  return {.name = row.text(0),
          .display_name = row.text(1),
          .unix_account = row.maybe_text(2),
          .is_disabled = row.integer(3) != 0,
          .actor = row.text(4),
          .created = {row.integer(5)},
          .version = row.integer(6)};
}

Result<std::vector<User>> select(store::Session& session, std::string_view condition,
                                 const store::SqlValues& parameters) {
  std::vector<User> found;
  WATTLE_RETURN_IF_ERROR(session.query(concat(kSelectUsers, condition), parameters,
                                       [&found](const store::SqlRow& row) {
                                         found.push_back(read_user(row));
                                         return Status();
                                       }));
  return found;
}

Result<User> find_user(store::Session& session, std::string_view name) {
  WATTLE_ASSIGN_OR_RETURN(auto found, select(session, "name = ?", {std::string(name)}));
  return found.empty() ? Result<User>(Error(ErrorCode::kNotFound,
                                            concat("there is no user '",
                                                   name.substr(0, limits::kAccessNameBytes), "'")))
                       : Result<User>(std::move(found.front()));
}

/// kAlreadyExists when the account is another user's.
Status check_account_is_free(store::Session& session, const User& user) {
  if (!user.unix_account) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto others, select(session, "unix_account = ? AND name <> ?",
                                                    {*user.unix_account, user.name}));
  return others.empty()
             ? Status()
             : Status(Error(ErrorCode::kAlreadyExists,
                            concat("account '", *user.unix_account, "' is that of user '",
                                   others.front().name, "' already; one account is one user")));
}

Status insert(store::Session& session, const User& user) {
  WATTLE_RETURN_IF_ERROR(check_room(session, "SELECT COUNT(*) FROM access_users", {},
                                    limits::kUsers, "remove users who have left"));
  WATTLE_RETURN_IF_ERROR(check_account_is_free(session, user));
  WATTLE_ASSIGN_OR_RETURN(
      const auto made,
      session.execute("INSERT INTO access_users (name, display_name, unix_account, disabled, "
                      "actor, created_ns, version) VALUES (?, ?, ?, 0, ?, ?, 1) "
                      "ON CONFLICT (name) DO NOTHING",
                      {user.name, user.display_name, store::sql_value(user.unix_account),
                       user.actor, user.created.ns}));
  if (made == 0) {
    return Error(ErrorCode::kAlreadyExists,
                 concat("there is a user '", user.name, "' already; choose another name"));
  }
  return note_change(session, {user.actor, user.created},
                     {.topic = "access.user_created", .subject = user.name, .details = {}});
}

Status end_sessions(store::Session& session, std::string_view name) {
  WATTLE_RETURN_IF_ERROR(
      session.execute("DELETE FROM access_sessions WHERE user_name = ?", {std::string(name)}));
  WATTLE_RETURN_IF_ERROR(
      session.execute("DELETE FROM access_login_links WHERE user_name = ?", {std::string(name)}));
  return {};
}

Status check_change(const UserChange& change) {
  if (change.display_name) {
    WATTLE_RETURN_IF_ERROR(check_label("display name", *change.display_name));
  }
  return change.unix_account && !change.unix_account->empty()
             ? check_unix_account(*change.unix_account)
             : Status();
}

/// The user after the change.
User changed(User user, const UserChange& change) {
  user.display_name = change.display_name.value_or(user.display_name);
  if (change.unix_account) {
    user.unix_account = change.unix_account->empty() ? std::nullopt : change.unix_account;
  }
  user.is_disabled = change.is_disabled.value_or(user.is_disabled);
  return user;
}

Status store_change(store::Session& session, const Author& author, const User& old,
                    const User& user) {
  WATTLE_RETURN_IF_ERROR(check_account_is_free(session, user));
  WATTLE_RETURN_IF_ERROR(
      session.execute("UPDATE access_users SET display_name = ?, unix_account = ?, disabled = ?, "
                      "version = version + 1 WHERE name = ?",
                      {user.display_name, store::sql_value(user.unix_account),
                       std::int64_t{user.is_disabled ? 1 : 0}, user.name}));
  if (old.display_name != user.display_name || old.unix_account != user.unix_account) {
    WATTLE_RETURN_IF_ERROR(note_change(
        session, author, {.topic = "access.user_updated", .subject = user.name, .details = {}}));
  }
  if (old.is_disabled == user.is_disabled) {
    return {};
  }
  if (user.is_disabled) {
    WATTLE_RETURN_IF_ERROR(end_sessions(session, user.name));
  }
  return note_change(session, author,
                     {.topic = user.is_disabled ? "access.user_disabled" : "access.user_enabled",
                      .subject = user.name,
                      .details = {}});
}

Status revoke_tokens(store::Session& session, const Author& author, const std::string& user) {
  WATTLE_ASSIGN_OR_RETURN(const auto revoked,
                          session.execute("UPDATE access_tokens SET revoked_ns = ? "
                                          "WHERE user_name = ? AND revoked_ns IS NULL",
                                          {author.now.ns, user}));
  return note_change(session, author,
                     {.topic = "access.user_removed",
                      .subject = user,
                      .details = {{"tokens_revoked", std::to_string(revoked)}}});
}

}  // namespace

Result<User> Users::create(const Identity& by, const NewUser& wanted) {
  WATTLE_RETURN_IF_ERROR(check_name("user", wanted.name));
  const std::string shown = wanted.display_name.empty() ? wanted.name : wanted.display_name;
  WATTLE_RETURN_IF_ERROR(check_label("display name", shown));
  if (wanted.unix_account) {
    WATTLE_RETURN_IF_ERROR(check_unix_account(*wanted.unix_account));
  }
  WATTLE_RETURN_IF_ERROR(by.require_everywhere(Scope::kAdmin));
  User user{.name = wanted.name,
            .display_name = shown,
            .unix_account = wanted.unix_account,
            .actor = by.actor(),
            .created = clock_.utc_now()};
  WATTLE_RETURN_IF_ERROR(
      database_.write([&](store::Session& session) { return insert(session, user); }));
  return user;
}

Result<User> Users::get(std::string_view name) {
  std::optional<User> found;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, find_user(session, name));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return *std::move(found);
}

Result<std::vector<User>> Users::list(std::string_view after, std::size_t limit) {
  std::vector<User> found;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, select(session, "name > ? ORDER BY name LIMIT ?",
                                          {std::string(after), page_size(limit)}));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return found;
}

Result<User> Users::update(const Identity& by, std::string_view name, const UserChange& change,
                           std::optional<std::int64_t> expected) {
  WATTLE_RETURN_IF_ERROR(check_change(change));
  WATTLE_RETURN_IF_ERROR(by.require_everywhere(Scope::kAdmin));
  const Author author{by.actor(), clock_.utc_now()};
  std::optional<User> now;
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const User old, find_user(session, name));
    WATTLE_RETURN_IF_ERROR(check_version(concat("user '", name, "'"), old.version, expected));
    now = changed(old, change);
    if (*now == old) {
      return {};
    }
    WATTLE_RETURN_IF_ERROR(store_change(session, author, old, *now));
    ++now->version;
    return {};
  });
  // Also after an error: a commit whose answer was lost may have taken place.
  tokens_.forget_verified();
  WATTLE_RETURN_IF_ERROR(status);
  return *std::move(now);
}

Status Users::remove(const Identity& by, std::string_view name) {
  WATTLE_RETURN_IF_ERROR(by.require_everywhere(Scope::kAdmin));
  const Author author{by.actor(), clock_.utc_now()};
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const User user, find_user(session, name));
    WATTLE_RETURN_IF_ERROR(revoke_tokens(session, author, user.name));
    WATTLE_RETURN_IF_ERROR(end_sessions(session, user.name));
    WATTLE_RETURN_IF_ERROR(
        session.execute("DELETE FROM access_quotas WHERE kind = 'user' AND name = ?", {user.name}));
    WATTLE_RETURN_IF_ERROR(session.execute("DELETE FROM access_users WHERE name = ?", {user.name}));
    return {};
  });
  tokens_.forget_verified();
  return status;
}

}  // namespace wattle::access
