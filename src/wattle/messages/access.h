// Who may do what: users, projects, quotas, tokens, sessions.
//
// Units:    microjoules per month, cores, jobs. Times are UTC.
// Errors:   none. Threads: value types. Lifetime: value types; a TokenSecret is shown once and is
//           not kept.
// See:      access_request.h for what is asked
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/messages/page.h"

namespace wattle::messages {

enum class AccessScope { kRead, kWrite, kAdmin };
template <>
struct Words<AccessScope> {
  static constexpr std::string_view kName = "AccessScope";
  static constexpr std::string_view kAbout =
      "What may be done; each includes those before it. Who may write starts jobs, and a job is a "
      "command: that is code as the user of the server.";
  static constexpr std::array<std::string_view, 3> kWords{"read", "write", "admin"};
};

struct User {
  std::string name;
  std::string display_name;
  std::optional<std::string> unix_account;
  bool is_disabled = false;
  std::string actor;
  UtcTime created_at;
  std::int64_t version = 1;

  static constexpr std::string_view kName = "User";
  static constexpr std::string_view kAbout = "Somebody who shares this server.";
  static void fields(auto& f) {
    f("name", &User::name, "What runs and events name as their actor.");
    f("display_name", &User::display_name, "What pages show.");
    f("unix_account", &User::unix_account, "The account on the server's host; null: none.",
      kOrNull);
    f("is_disabled", &User::is_disabled, "None of the tokens and sessions holds.");
    f("actor", &User::actor, "Who made it.");
    f("created_at", &User::created_at, "When it was made.");
    f("version", &User::version, "Counts the changes of the row.");
  }
  bool operator==(const User&) const = default;
};

struct Quota {
  std::optional<std::int64_t> energy_per_month_microjoules;
  std::optional<std::int64_t> cores;
  std::optional<std::int64_t> jobs;
  std::int64_t version = 0;

  static constexpr std::string_view kName = "Quota";
  static constexpr std::string_view kAbout =
      "The most that a project or a user may use. Null: no bound. 0: nothing.";
  static void fields(auto& f) {
    f("energy_per_month_microjoules", &Quota::energy_per_month_microjoules,
      "In a calendar month of UTC.", kOrNull);
    f("cores", &Quota::cores, "Held at once.", kOrNull);
    f("jobs", &Quota::jobs, "That run at once.", kOrNull);
    f("version", &Quota::version, "Counts the changes of the row; 0: none was ever set.");
  }
  bool operator==(const Quota&) const = default;
};

struct Project {
  std::string name;
  std::string description;
  std::string actor;
  UtcTime created_at;
  std::int64_t version = 1;
  std::optional<Quota> quota;

  static constexpr std::string_view kName = "Project";
  static constexpr std::string_view kAbout = "What rights, quotas and energy are kept apart by.";
  static void fields(auto& f) {
    f("name", &Project::name, "Its name.");
    f("description", &Project::description, "What it is for.");
    f("actor", &Project::actor, "Who made it.");
    f("created_at", &Project::created_at, "When it was made.");
    f("version", &Project::version, "Counts the changes of the row.");
    f("quota", &Project::quota, "The most that it may use, where it was asked for.");
  }
  bool operator==(const Project&) const = default;
};

struct Token {
  std::string id;
  std::string user;
  std::string name;
  std::string prefix;
  std::string project;
  AccessScope scope = AccessScope::kRead;
  std::string actor;
  UtcTime created_at;
  std::optional<UtcTime> expires_at;
  std::optional<UtcTime> last_used_at;
  std::optional<UtcTime> revoked_at;

  static constexpr std::string_view kName = "Token";
  static constexpr std::string_view kAbout =
      "How a program proves who it is. Its secret is not kept, and not shown again.";
  static void fields(auto& f) {
    f("id", &Token::id, "ULID.", {.pattern = &kUlid});
    f("user", &Token::user, "Whom it speaks for.");
    f("name", &Token::name, "What it is for.");
    f("prefix", &Token::prefix, "The beginning of its secret, which tells it from others.");
    f("project", &Token::project, "The one project that it holds for; *: all.");
    f("scope", &Token::scope, "What it may do there.");
    f("actor", &Token::actor, "Who made it.");
    f("created_at", &Token::created_at, "When it was made.");
    f("expires_at", &Token::expires_at, "When it ends; null: never.", kOrNull);
    f("last_used_at", &Token::last_used_at, "To the minute; null: never.", kOrNull);
    f("revoked_at", &Token::revoked_at, "When it was ended; null: it holds.", kOrNull);
  }
  bool operator==(const Token&) const = default;
};

struct TokenSecret {
  Token token;
  std::string secret;

  static constexpr std::string_view kName = "TokenSecret";
  static constexpr std::string_view kAbout = "A token that was just made, with its secret.";
  static void fields(auto& f) {
    f("token", &TokenSecret::token, "The token.");
    f("secret", &TokenSecret::secret, "Shown this once. It is sent as `Authorization: Bearer …`.");
  }
  bool operator==(const TokenSecret&) const = default;
};

enum class SessionKind { kOwner, kToken, kBrowser };
template <>
struct Words<SessionKind> {
  static constexpr std::string_view kName = "SessionKind";
  static constexpr std::string_view kAbout =
      "owner: by the Unix socket, as the account of the home; token; browser: by a link.";
  static constexpr std::array<std::string_view, 3> kWords{"owner", "token", "browser"};
};

struct Session {
  SessionKind kind = SessionKind::kOwner;
  std::string user;
  std::string project;
  AccessScope scope = AccessScope::kRead;
  std::optional<UtcTime> expires_at;

  static constexpr std::string_view kName = "Session";
  static constexpr std::string_view kAbout = "As whom a request is answered.";
  static void fields(auto& f) {
    f("kind", &Session::kind, "How it was proved.");
    f("user", &Session::user, "What runs and events name as their actor.");
    f("project", &Session::project, "The one project that it holds for; *: all.");
    f("scope", &Session::scope, "What may be done there.");
    f("expires_at", &Session::expires_at, "When it ends; null: never.", kOrNull);
  }
  bool operator==(const Session&) const = default;
};

extern template const Type& type_of<User>();
extern template const Type& type_of<Page<User>>();
extern template const Type& type_of<Quota>();
extern template const Type& type_of<Project>();
extern template const Type& type_of<Page<Project>>();
extern template const Type& type_of<Token>();
extern template const Type& type_of<Page<Token>>();
extern template const Type& type_of<TokenSecret>();
extern template const Type& type_of<Session>();

}  // namespace wattle::messages
