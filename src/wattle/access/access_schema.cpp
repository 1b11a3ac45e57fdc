#include "wattle/access/access_schema.h"

namespace wattle::access {
namespace {

std::vector<std::string> users_and_projects() {
  return {
      "CREATE TABLE access_users ("
      " name TEXT NOT NULL PRIMARY KEY,"
      " display_name TEXT NOT NULL,"
      " unix_account TEXT UNIQUE,"
      " disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),"
      " actor TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " version INTEGER NOT NULL) STRICT",
      "CREATE TABLE access_projects ("
      " name TEXT NOT NULL PRIMARY KEY,"
      " description TEXT NOT NULL,"
      " actor TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " version INTEGER NOT NULL) STRICT",
      "CREATE TABLE access_quotas ("
      " kind TEXT NOT NULL CHECK (kind IN ('project', 'user')),"
      " name TEXT NOT NULL,"
      " microjoules_per_month INTEGER CHECK (microjoules_per_month >= 0),"
      " cores INTEGER CHECK (cores >= 0),"
      " jobs INTEGER CHECK (jobs >= 0),"
      " actor TEXT NOT NULL,"
      " version INTEGER NOT NULL,"
      " PRIMARY KEY (kind, name)) STRICT",
  };
}

std::vector<std::string> tokens() {
  return {
      // No foreign key to the user: a removed user's tokens stay, revoked, so that the log can say
      // whose they were.
      "CREATE TABLE access_tokens ("
      " id TEXT NOT NULL PRIMARY KEY,"
      " user_name TEXT NOT NULL,"
      " name TEXT NOT NULL,"
      " hash TEXT NOT NULL UNIQUE,"
      " prefix TEXT NOT NULL,"
      " scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),"
      " project TEXT NOT NULL,"
      " actor TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " expires_ns INTEGER,"
      " last_used_ns INTEGER,"
      " revoked_ns INTEGER) STRICT",
      "CREATE INDEX access_tokens_by_user ON access_tokens (user_name, id)",
  };
}

std::vector<std::string> links_and_sessions() {
  // user_name is NULL for the owner of the home; actor is whom rows and events name either way.
  // token_id is the token that it came from, NULL for the owner.
  return {
      "CREATE TABLE access_login_links ("
      " id TEXT NOT NULL PRIMARY KEY,"
      " hash TEXT NOT NULL UNIQUE,"
      " user_name TEXT,"
      " token_id TEXT,"
      " actor TEXT NOT NULL,"
      " scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),"
      " project TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " expires_ns INTEGER NOT NULL,"
      " used_ns INTEGER) STRICT",
      "CREATE INDEX access_login_links_by_expiry ON access_login_links (expires_ns)",
      "CREATE TABLE access_sessions ("
      " id TEXT NOT NULL PRIMARY KEY,"
      " hash TEXT NOT NULL UNIQUE,"
      " csrf_hash TEXT NOT NULL,"
      " user_name TEXT,"
      " token_id TEXT,"
      " actor TEXT NOT NULL,"
      " scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),"
      " project TEXT NOT NULL,"
      " created_ns INTEGER NOT NULL,"
      " expires_ns INTEGER NOT NULL,"
      " last_seen_ns INTEGER NOT NULL) STRICT",
      "CREATE INDEX access_sessions_by_expiry ON access_sessions (expires_ns)",
      "CREATE INDEX access_sessions_by_last_seen ON access_sessions (last_seen_ns)",
      "CREATE INDEX access_sessions_by_actor ON access_sessions (actor, id)",
      "CREATE INDEX access_sessions_by_token ON access_sessions (token_id)",
  };
}

}  // namespace

store::Schema access_schema() {
  // What was released is never changed: what follows gets the next number.
  std::vector<std::string> statements;
  for (const auto& part : {users_and_projects(), tokens(), links_and_sessions()}) {
    statements.insert(statements.end(), part.begin(), part.end());
  }
  return {.module = "access",
          .migrations = {{1, "users, projects, quotas, tokens, sessions", std::move(statements)}}};
}

}  // namespace wattle::access
