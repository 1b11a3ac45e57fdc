#include "wattle/access/tokens.h"

#include <utility>

#include "wattle/access/changes.h"
#include "wattle/access/names.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

constexpr std::string_view kSelectTokens =
    "SELECT id, user_name, name, prefix, project, scope, actor, created_ns, expires_ns, "
    "last_used_ns, revoked_ns FROM access_tokens WHERE ";

Result<Token> read_token(const store::SqlRow& row) {
  WATTLE_ASSIGN_OR_RETURN(auto projects, parse_project_range(row.text(4)));
  WATTLE_ASSIGN_OR_RETURN(const Scope scope, parse_scope(row.text(5)));
  return Token{.id = row.text(0),
               .user = row.text(1),
               .name = row.text(2),
               .prefix = row.text(3),
               .projects = std::move(projects),
               .scope = scope,
               .actor = row.text(6),
               .created = {row.integer(7)},
               .expires = maybe_time(row.maybe_integer(8)),
               .last_used = maybe_time(row.maybe_integer(9)),
               .revoked = maybe_time(row.maybe_integer(10))};
}

Result<std::vector<Token>> select(store::Session& session, std::string_view condition,
                                  const store::SqlValues& parameters) {
  std::vector<Token> found;
  WATTLE_RETURN_IF_ERROR(session.query(
      concat(kSelectTokens, condition), parameters, [&](const store::SqlRow& row) -> Status {
        WATTLE_ASSIGN_OR_RETURN(found.emplace_back(), read_token(row));
        return Status();
      }));
  return found;
}

Result<Token> find_token(store::Session& session, std::string_view id) {
  WATTLE_ASSIGN_OR_RETURN(auto found, select(session, "id = ?", {std::string(id)}));
  constexpr std::size_t kShown = 40;
  return found.empty() ? Result<Token>(Error(ErrorCode::kNotFound,
                                             concat("there is no token '", id.substr(0, kShown),
                                                    "'; 'wattle token list' shows their ids")))
                       : Result<Token>(std::move(found.front()));
}

Status require_admin(const Identity& by, const ProjectRange& projects) {
  return projects.is_all() ? by.require_everywhere(Scope::kAdmin)
                           : by.require(Scope::kAdmin, projects.text());
}

Status check_wanted(const NewToken& wanted, UtcTime now) {
  WATTLE_RETURN_IF_ERROR(check_name("user", wanted.user));
  WATTLE_RETURN_IF_ERROR(check_label("token", wanted.name));
  if (!wanted.projects.is_all()) {
    WATTLE_RETURN_IF_ERROR(check_name("project", wanted.projects.text()));
  }
  return !wanted.expires || *wanted.expires > now
             ? Status()
             : Status(Error(
                   ErrorCode::kInvalidArgument,
                   concat("token '", wanted.name, "' would expire at ", to_rfc3339(*wanted.expires),
                          ", which is over; choose an "
                          "instant to come")));
}

Status check_user(store::Session& session, const NewToken& wanted, UtcTime now) {
  std::optional<bool> is_disabled;
  WATTLE_RETURN_IF_ERROR(session.query("SELECT disabled FROM access_users WHERE name = ?",
                                       {wanted.user}, [&](const store::SqlRow& row) {
                                         is_disabled = row.integer(0) != 0;
                                         return Status();
                                       }));
  if (!is_disabled) {
    return Error(ErrorCode::kNotFound,
                 concat("there is no user '", wanted.user, "'; make the user first"));
  }
  if (*is_disabled) {
    return Error(ErrorCode::kFailedPrecondition,
                 concat("user '", wanted.user, "' is disabled and gets no tokens"));
  }
  return check_room(session,
                    "SELECT COUNT(*) FROM access_tokens WHERE user_name = ? AND revoked_ns IS NULL "
                    "AND (expires_ns IS NULL OR expires_ns > ?)",
                    {wanted.user, now.ns}, limits::kTokensOfUser,
                    concat("revoke tokens of user '", wanted.user, "' that nobody needs"));
}

Status insert(store::Session& session, const Token& token, const std::string& hash) {
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO access_tokens (id, user_name, name, hash, prefix, scope, project, actor, "
      "created_ns, expires_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {token.id, token.user, token.name, hash, token.prefix, std::string(to_text(token.scope)),
       token.projects.text(), token.actor, token.created.ns,
       store::sql_value(maybe_ns(token.expires))}));
  return note_change(session, {token.actor, token.created},
                     {.topic = "access.token_created",
                      .project = token.projects.text(),
                      .subject = token.id,
                      .details = {{"user", token.user},
                                  {"name", token.name},
                                  {"scope", std::string(to_text(token.scope))}}});
}

/// A token as the database has it, with all that decides on it.
struct FoundToken {
  Token token;
  std::string hash;
  std::optional<bool> user_is_disabled;  // nullopt: there is no such user
};

Result<std::optional<FoundToken>> find_by_hash(store::Session& session, const std::string& hash) {
  std::optional<FoundToken> found;
  WATTLE_RETURN_IF_ERROR(session.query(
      "SELECT t.id, t.user_name, t.name, t.prefix, t.project, t.scope, t.actor, t.created_ns, "
      "t.expires_ns, t.last_used_ns, t.revoked_ns, t.hash, u.disabled FROM access_tokens t "
      "LEFT JOIN access_users u ON u.name = t.user_name WHERE t.hash = ?",
      {hash}, [&](const store::SqlRow& row) -> Status {
        WATTLE_ASSIGN_OR_RETURN(auto token, read_token(row));
        const auto disabled = row.maybe_integer(12);
        found = {.token = std::move(token),
                 .hash = row.text(11),
                 .user_is_disabled = disabled ? std::optional(*disabled != 0) : std::nullopt};
        return Status();
      }));
  return found;
}

std::optional<Refusal> refusal_of(const FoundToken& found, UtcTime now) {
  if (found.token.revoked) {
    return found.user_is_disabled ? Refusal::kRevoked : Refusal::kUserRemoved;
  }
  if (!found.user_is_disabled) {
    return Refusal::kUserRemoved;
  }
  if (*found.user_is_disabled) {
    return Refusal::kUserDisabled;
  }
  return found.token.expires && *found.token.expires <= now ? std::optional(Refusal::kExpired)
                                                            : std::nullopt;
}

VerifiedToken verified(const Token& token) {
  return {.grant = {.user = token.user,
                    .projects = token.projects,
                    .scope = token.scope,
                    .token_id = token.id},
          .expires = token.expires,
          .last_used = token.last_used};
}

Status revoke_row(store::Session& session, const Author& author, const Token& token) {
  WATTLE_RETURN_IF_ERROR(session.execute("UPDATE access_tokens SET revoked_ns = ? WHERE id = ?",
                                         {author.now.ns, token.id}));
  WATTLE_RETURN_IF_ERROR(
      session.execute("DELETE FROM access_sessions WHERE token_id = ?", {token.id}));
  WATTLE_RETURN_IF_ERROR(
      session.execute("DELETE FROM access_login_links WHERE token_id = ?", {token.id}));
  return note_change(session, author,
                     {.topic = "access.token_revoked",
                      .project = token.projects.text(),
                      .subject = token.id,
                      .details = {{"user", token.user}, {"name", token.name}}});
}

}  // namespace

Result<MadeToken> Tokens::create(const Identity& by, const NewToken& wanted) {
  const UtcTime now = clock_.utc_now();
  WATTLE_RETURN_IF_ERROR(check_wanted(wanted, now));
  WATTLE_RETURN_IF_ERROR(require_admin(by, wanted.projects));
  Secret secret = make_secret(SecretKind::kToken, random_);
  Token token{.id = new_id(clock_, random_),
              .user = wanted.user,
              .name = wanted.name,
              .prefix = prefix_of(SecretKind::kToken, secret.reveal()),
              .projects = wanted.projects,
              .scope = wanted.scope,
              .actor = by.actor(),
              .created = now,
              .expires = wanted.expires,
              .last_used = {},
              .revoked = {}};
  const std::string hash = hash_of(secret.reveal());
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(check_user(session, wanted, now));
    return insert(session, token, hash);
  });
  WATTLE_RETURN_IF_ERROR(status);
  return MadeToken{.token = std::move(token), .secret = std::move(secret)};
}

Result<Identity> Tokens::verify(std::string_view text) {
  WATTLE_ASSIGN_OR_RETURN(const Verdict verdict, examine(text));
  return to_identity(verdict);
}

Result<Verdict> Tokens::examine(std::string_view text) {
  if (!is_well_formed(SecretKind::kToken, text)) {
    return Verdict::refuse(Refusal::kMalformed);
  }
  const std::string hash = hash_of(text);
  if (const auto known = verified_.find(hash)) {
    return admit(hash, *known);
  }
  return look_up(hash);
}

Result<Verdict> Tokens::look_up(const std::string& hash) {
  const std::int64_t generation = verified_.generation();
  std::optional<FoundToken> found;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, find_by_hash(session, hash));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  // The index has found it by its digest, of which nobody can choose the next digit; that it is
  // equal is decided here.
  if (!found || !equal_in_constant_time(found->hash, hash)) {
    return Verdict::refuse(Refusal::kUnknown);
  }
  if (const auto refusal = refusal_of(*found, clock_.utc_now())) {
    return Verdict::refuse(*refusal, found->token.id);
  }
  const VerifiedToken token = verified(found->token);
  verified_.keep(hash, token, generation);
  return admit(hash, token);
}

Verdict Tokens::admit(const std::string& hash, const VerifiedToken& token) {
  const UtcTime now = clock_.utc_now();
  const std::string& id = token.grant.token_id;
  if (token.expires && *token.expires <= now) {
    return Verdict::refuse(Refusal::kExpired, id);
  }
  if (!token.last_used || now - *token.last_used >= Seconds(limits::kUseNotedSeconds)) {
    verified_.set_last_used(hash,
                            now);  // first, so that requests at the same time do not write too
    // Not noting it refuses nobody: with a full disk one must still be able to log in and make
    // room.
    (void)database_
        .write([&](store::Session& session) -> Status {
          WATTLE_RETURN_IF_ERROR(
              session.execute("UPDATE access_tokens SET last_used_ns = ? WHERE id = ? "
                              "AND (last_used_ns IS NULL OR last_used_ns < ?)",
                              {now.ns, id, now.ns}));
          return {};
        })
        .ok();
  }
  return Verdict::admit(Identity::token(token.grant), id);
}

Result<std::vector<Token>> Tokens::list(const TokenFilter& filter, std::string_view after,
                                        std::size_t limit) {
  std::string condition = "id > ?";
  store::SqlValues parameters{std::string(after)};
  if (filter.user) {
    condition += " AND user_name = ?";
    parameters.emplace_back(*filter.user);
  }
  if (filter.project) {
    condition += " AND project IN (?, '*')";
    parameters.emplace_back(*filter.project);
  }
  condition += " ORDER BY id LIMIT ?";
  parameters.emplace_back(page_size(limit));
  std::vector<Token> found;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, select(session, condition, parameters));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return found;
}

Result<Token> Tokens::get(std::string_view id) {
  std::optional<Token> found;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, find_token(session, id));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return *std::move(found);
}

Status Tokens::revoke(const Identity& by, std::string_view id) {
  const Author author{by.actor(), clock_.utc_now()};
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const Token token, find_token(session, id));
    const bool is_itself = !by.grant().token_id.empty() && by.grant().token_id == token.id;
    if (!is_itself) {
      WATTLE_RETURN_IF_ERROR(require_admin(by, token.projects));
    }
    return token.revoked ? Status() : revoke_row(session, author, token);
  });
  // Also after an error: a commit whose answer was lost may have taken place.
  verified_.forget_all();
  return status;
}

Result<std::int64_t> Tokens::sweep() {
  constexpr double kSecondsPerDay = 86400;
  const UtcTime before = clock_.utc_now() - Seconds(limits::kTokenKeptDays * kSecondsPerDay);
  std::int64_t removed = 0;
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(removed,
                            session.execute("DELETE FROM access_tokens WHERE id IN (SELECT id FROM "
                                            "access_tokens WHERE revoked_ns < ? OR expires_ns < ? "
                                            "ORDER BY id LIMIT ?)",
                                            {before.ns, before.ns, limits::kSweepRows}));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return removed;
}

}  // namespace wattle::access
