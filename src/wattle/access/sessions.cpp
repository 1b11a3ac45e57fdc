#include "wattle/access/sessions.h"

#include <algorithm>
#include <utility>

#include "wattle/access/changes.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

/// What a link and a session have in common: whose they are, and what became of that.
struct Bearer {
  Grant grant;
  bool is_owner = false;
  std::optional<UtcTime> token_expires;
  std::optional<Refusal> refusal;
};

/// Columns of `x`, a link or session, with its token and user; read_bearer() reads them from 0 on.
constexpr std::string_view kBearerColumns =
    "x.actor, x.project, x.scope, x.user_name, x.token_id, t.id, t.revoked_ns, t.expires_ns, "
    "u.disabled";
constexpr std::string_view kBearerJoins =
    " x LEFT JOIN access_tokens t ON t.id = x.token_id "
    "LEFT JOIN access_users u ON u.name = x.user_name ";

std::optional<Refusal> refusal_of_token(const store::SqlRow& row, UtcTime now) {
  if (row.is_null(8)) {
    return Refusal::kUserRemoved;
  }
  if (row.integer(8) != 0) {
    return Refusal::kUserDisabled;
  }
  if (row.is_null(5) || !row.is_null(6)) {
    return Refusal::kRevoked;
  }
  const auto expires = row.maybe_integer(7);
  return expires && *expires <= now.ns ? std::optional(Refusal::kExpired) : std::nullopt;
}

Result<Bearer> read_bearer(const store::SqlRow& row, UtcTime now) {
  WATTLE_ASSIGN_OR_RETURN(auto projects, parse_project_range(row.text(1)));
  WATTLE_ASSIGN_OR_RETURN(const Scope scope, parse_scope(row.text(2)));
  const bool is_owner = row.is_null(3);
  return Bearer{.grant = {.user = row.text(0),
                          .projects = std::move(projects),
                          .scope = scope,
                          .token_id = row.text(4)},
                .is_owner = is_owner,
                .token_expires = maybe_time(row.maybe_integer(7)),
                .refusal = is_owner ? std::nullopt : refusal_of_token(row, now)};
}

std::optional<std::string> user_of(const Bearer& bearer) {
  return bearer.is_owner ? std::nullopt : std::optional(bearer.grant.user);
}

std::optional<std::string> token_of(const Bearer& bearer) {
  return bearer.is_owner ? std::nullopt : std::optional(bearer.grant.token_id);
}

struct FoundLink {
  std::string id;
  std::string hash;
  UtcTime expires;
  bool is_used = false;
  Bearer bearer;
};

Result<std::optional<FoundLink>> find_link(store::Session& session, const std::string& hash,
                                           UtcTime now) {
  std::optional<FoundLink> found;
  WATTLE_RETURN_IF_ERROR(session.query(concat("SELECT ", kBearerColumns,
                                              ", x.id, x.hash, x.expires_ns, x.used_ns FROM "
                                              "access_login_links",
                                              kBearerJoins, "WHERE x.hash = ?"),
                                       {hash}, [&](const store::SqlRow& row) -> Status {
                                         WATTLE_ASSIGN_OR_RETURN(auto bearer,
                                                                 read_bearer(row, now));
                                         found = {.id = row.text(9),
                                                  .hash = row.text(10),
                                                  .expires = {row.integer(11)},
                                                  .is_used = !row.is_null(12),
                                                  .bearer = std::move(bearer)};
                                         return Status();
                                       }));
  return found;
}

struct FoundSession {
  std::string id;
  std::string hash;
  std::string csrf_hash;
  UtcTime expires;
  UtcTime last_seen;
  Bearer bearer;
};

Result<std::optional<FoundSession>> find_session(store::Session& session, const std::string& hash,
                                                 UtcTime now) {
  std::optional<FoundSession> found;
  WATTLE_RETURN_IF_ERROR(session.query(concat("SELECT ", kBearerColumns,
                                              ", x.id, x.hash, x.csrf_hash, x.expires_ns, "
                                              "x.last_seen_ns FROM access_sessions",
                                              kBearerJoins, "WHERE x.hash = ?"),
                                       {hash}, [&](const store::SqlRow& row) -> Status {
                                         WATTLE_ASSIGN_OR_RETURN(auto bearer,
                                                                 read_bearer(row, now));
                                         found = {.id = row.text(9),
                                                  .hash = row.text(10),
                                                  .csrf_hash = row.text(11),
                                                  .expires = {row.integer(12)},
                                                  .last_seen = {row.integer(13)},
                                                  .bearer = std::move(bearer)};
                                         return Status();
                                       }));
  return found;
}

std::optional<Refusal> refusal_of(const std::optional<FoundLink>& link, const std::string& hash,
                                  UtcTime now) {
  if (!link || !equal_in_constant_time(link->hash, hash)) {
    return Refusal::kUnknown;
  }
  if (link->is_used) {
    return Refusal::kUsed;
  }
  return link->expires <= now ? std::optional(Refusal::kExpired) : link->bearer.refusal;
}

/// Takes the link; false when somebody else did. The condition makes it so on any database, also on
/// one that should let two writers in.
Result<bool> take(store::Session& session, const FoundLink& link, UtcTime now) {
  WATTLE_ASSIGN_OR_RETURN(const auto taken,
                          session.execute("UPDATE access_login_links SET used_ns = ? "
                                          "WHERE id = ? AND used_ns IS NULL",
                                          {now.ns, link.id}));
  return taken == 1;
}

/// The newest ones of the same actor stay, so that logins never end for want of a logout.
Status make_room(store::Session& session, const std::string& actor) {
  WATTLE_RETURN_IF_ERROR(session.execute(
      "DELETE FROM access_sessions WHERE actor = ? AND id NOT IN (SELECT id FROM access_sessions "
      "WHERE actor = ? ORDER BY id DESC LIMIT ?)",
      {actor, actor, limits::kSessionsOfUser - 1}));
  return {};
}

struct SessionRow {
  std::string id;
  std::string hash;
  std::string csrf_hash;
  UtcTime created;
  UtcTime expires;
};

Status insert_session(store::Session& session, const SessionRow& made, const Bearer& bearer) {
  const Grant& grant = bearer.grant;
  WATTLE_RETURN_IF_ERROR(make_room(session, grant.user));
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO access_sessions (id, hash, csrf_hash, user_name, token_id, actor, scope, "
      "project, created_ns, expires_ns, last_seen_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {made.id, made.hash, made.csrf_hash, store::sql_value(user_of(bearer)),
       store::sql_value(token_of(bearer)), grant.user, std::string(to_text(grant.scope)),
       grant.projects.text(), made.created.ns, made.expires.ns, made.created.ns}));
  return note_change(
      session, {grant.user, made.created},
      {.topic = "access.session_started",
       .project = grant.projects.text(),
       .subject = made.id,
       .details = {{"scope", std::string(to_text(grant.scope))}, {"token", grant.token_id}}});
}

Status insert_link(store::Session& session, const SessionRow& made, const Bearer& bearer) {
  const Grant& grant = bearer.grant;
  WATTLE_RETURN_IF_ERROR(check_room(session,
                                    "SELECT COUNT(*) FROM access_login_links WHERE actor = ? AND "
                                    "expires_ns > ? AND used_ns IS NULL",
                                    {grant.user, made.created.ns}, limits::kOpenLoginLinks,
                                    "use one of these links, or wait a minute"));
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO access_login_links (id, hash, user_name, token_id, actor, scope, project, "
      "created_ns, expires_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {made.id, made.hash, store::sql_value(user_of(bearer)), store::sql_value(token_of(bearer)),
       grant.user, std::string(to_text(grant.scope)), grant.projects.text(), made.created.ns,
       made.expires.ns}));
  return note_change(session, {grant.user, made.created},
                     {.topic = "access.login_link_created",
                      .project = grant.projects.text(),
                      .subject = made.id,
                      .details = {{"token", grant.token_id}}});
}

}  // namespace

Result<Secret> Sessions::create_link(const Identity& by) {
  if (by.kind() == Identity::Kind::kSession) {
    return Error(ErrorCode::kPermissionDenied,
                 "a session cannot make a login link; run 'wattle ui' where the token is");
  }
  const UtcTime now = clock_.utc_now();
  Secret link = make_secret(SecretKind::kLogin, random_);
  const SessionRow made{.id = new_id(clock_, random_),
                        .hash = hash_of(link.reveal()),
                        .csrf_hash = "",
                        .created = now,
                        .expires = now + times_.link};
  const Bearer bearer{.grant = by.grant(),
                      .is_owner = by.kind() == Identity::Kind::kOwner,
                      .token_expires = {},
                      .refusal = {}};
  WATTLE_RETURN_IF_ERROR(
      database_.write([&](store::Session& session) { return insert_link(session, made, bearer); }));
  return link;
}

Result<OpenedSession> Sessions::redeem(std::string_view link) {
  WATTLE_ASSIGN_OR_RETURN(auto redemption, try_redeem(link));
  return redemption.session ? Result<OpenedSession>(*std::move(redemption.session)) : refused();
}

Result<Redemption> Sessions::try_redeem(std::string_view link) {
  if (!is_well_formed(SecretKind::kLogin, link)) {
    return Redemption{.session = {}, .refusal = Refusal::kMalformed};
  }
  const UtcTime now = clock_.utc_now();
  const std::string hash = hash_of(link);
  Secret secret = make_secret(SecretKind::kSession, random_);
  Secret csrf = make_secret(SecretKind::kCsrf, random_);
  SessionRow made{.id = new_id(clock_, random_),
                  .hash = hash_of(secret.reveal()),
                  .csrf_hash = hash_of(csrf.reveal()),
                  .created = now,
                  .expires = now + times_.most};
  std::optional<Refusal> refusal;
  std::optional<Grant> grant;
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto found, find_link(session, hash, now));
    refusal = refusal_of(found, hash, now);
    if (refusal) {
      return {};
    }
    WATTLE_ASSIGN_OR_RETURN(const bool is_ours, take(session, *found, now));
    if (!is_ours) {
      refusal = Refusal::kUsed;
      return {};
    }
    made.expires =
        std::min(now + times_.most, found->bearer.token_expires.value_or(now + times_.most));
    grant = found->bearer.grant;
    return insert_session(session, made, found->bearer);
  });
  WATTLE_RETURN_IF_ERROR(status);
  if (refusal) {
    return Redemption{.session = {}, .refusal = *refusal};
  }
  return Redemption{.session = OpenedSession{.identity = Identity::session(made.id, *grant),
                                             .session = std::move(secret),
                                             .csrf = std::move(csrf),
                                             .expires = made.expires}};
}

Result<VerifiedSession> Sessions::verify(std::string_view session) {
  WATTLE_ASSIGN_OR_RETURN(auto verdict, examine(session));
  return verdict.session ? Result<VerifiedSession>(*std::move(verdict.session)) : refused();
}

Result<SessionVerdict> Sessions::examine(std::string_view session) {
  if (!is_well_formed(SecretKind::kSession, session)) {
    return SessionVerdict{.session = {}, .refusal = Refusal::kMalformed, .subject = ""};
  }
  const UtcTime now = clock_.utc_now();
  const std::string hash = hash_of(session);
  std::optional<FoundSession> found;
  const auto status = database_.read([&](store::Session& reader) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, find_session(reader, hash, now));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  if (!found || !equal_in_constant_time(found->hash, hash)) {
    return SessionVerdict{.session = {}, .refusal = Refusal::kUnknown, .subject = ""};
  }
  const bool is_over = found->expires <= now || now - found->last_seen >= times_.idle;
  const auto refusal = found->bearer.refusal ? found->bearer.refusal
                       : is_over             ? std::optional(Refusal::kExpired)
                                             : std::nullopt;
  if (refusal) {
    return SessionVerdict{.session = {}, .refusal = *refusal, .subject = found->id};
  }
  if (now - found->last_seen >= Seconds(limits::kUseNotedSeconds)) {
    note_seen(found->id, now);
  }
  return SessionVerdict{
      .session = VerifiedSession{.identity = Identity::session(found->id, found->bearer.grant),
                                 .csrf_hash = found->csrf_hash},
      .subject = found->id};
}

/// Refuses nobody when it cannot be written, as with a full disk.
void Sessions::note_seen(const std::string& id, UtcTime seen) {
  (void)database_
      .write([&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(session.execute(
            "UPDATE access_sessions SET last_seen_ns = ? WHERE id = ? AND last_seen_ns < ?",
            {seen.ns, id, seen.ns}));
        return {};
      })
      .ok();
}

Status Sessions::check_csrf(const VerifiedSession& session, std::string_view secret) {
  const bool is_right = is_well_formed(SecretKind::kCsrf, secret) &&
                        equal_in_constant_time(hash_of(secret), session.csrf_hash);
  return is_right ? Status()
                  : Status(Error(ErrorCode::kPermissionDenied,
                                 "the request does not carry the secret of its session; load the "
                                 "page again"));
}

Status Sessions::logout(const Identity& identity) {
  const Author author{identity.actor(), clock_.utc_now()};
  return database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(
        const auto ended,
        session.execute("DELETE FROM access_sessions WHERE id = ?", {identity.session_id()}));
    return ended == 0 ? Status()
                      : note_change(session, author,
                                    {.topic = "access.session_ended",
                                     .project = identity.grant().projects.text(),
                                     .subject = identity.session_id(),
                                     .details = {}});
  });
}

Result<Swept> Sessions::sweep() {
  const UtcTime now = clock_.utc_now();
  Swept swept;
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(
        swept.sessions,
        session.execute("DELETE FROM access_sessions WHERE id IN (SELECT id FROM access_sessions "
                        "WHERE expires_ns <= ? OR last_seen_ns <= ? ORDER BY id LIMIT ?)",
                        {now.ns, (now - times_.idle).ns, limits::kSweepRows}));
    WATTLE_ASSIGN_OR_RETURN(
        swept.links,
        session.execute("DELETE FROM access_login_links WHERE id IN (SELECT id FROM "
                        "access_login_links WHERE expires_ns <= ? ORDER BY id LIMIT ?)",
                        {now.ns, limits::kSweepRows}));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return swept;
}

}  // namespace wattle::access
