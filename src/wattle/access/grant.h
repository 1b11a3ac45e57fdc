// What somebody may do: a scope in one project, or in all of them.
//
// read < write < admin. `write` may start jobs, and a job is a command: who may write executes code
// as the user of the server.
//
// Units:    none.
// Errors:   kPermissionDenied says which scope is missing where. kInvalidArgument: no scope.
// Threads:  pure functions, value types. Lifetime: value types.
// See:      docs/reference/access.md#scopes
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"

namespace wattle::access {

/// Each includes those before it.
enum class Scope { kRead, kWrite, kAdmin };

/// "read", "write", "admin".
std::string_view to_text(Scope scope);
Result<Scope> parse_scope(std::string_view text);

/// One project, or all of them: also those that are made later.
class ProjectRange {
 public:
  static ProjectRange all() { return ProjectRange(std::nullopt); }
  static ProjectRange one(std::string project) { return ProjectRange(std::move(project)); }

  bool is_all() const { return !project_.has_value(); }
  bool holds(std::string_view project) const { return !project_ || *project_ == project; }
  bool holds(const ProjectRange& other) const {
    return is_all() || (!other.is_all() && *project_ == *other.project_);
  }
  /// The project, or "*".
  std::string text() const { return project_.value_or("*"); }

  friend bool operator==(const ProjectRange&, const ProjectRange&) = default;

 private:
  explicit ProjectRange(std::optional<std::string> project) : project_(std::move(project)) {}
  std::optional<std::string> project_;
};

/// "*" or a valid name of a project.
Result<ProjectRange> parse_project_range(std::string_view text);

struct Grant {
  std::string user;
  ProjectRange projects;  // no default: all is never meant by leaving it out
  Scope scope = Scope::kRead;
  std::string token_id;  // the token that it comes from; "" for the owner

  friend bool operator==(const Grant&, const Grant&) = default;
};

/// Whether whoever has `outer` may do all that `inner` allows.
bool covers(const Grant& outer, const Grant& inner);

/// Who asks. Made by whoever proved it: the Unix socket's other end is the owner of the home,
/// Tokens::verify and Sessions::verify are the others.
class Identity {
 public:
  enum class Kind { kOwner, kToken, kSession };

  /// The account that owns the home: may do everything.
  static Identity owner(std::string account);
  static Identity token(Grant grant);
  /// A browser's session. It may what the token that its link was made with may, so it is never
  /// worth more; one of the owner has no token.
  static Identity session(std::string session_id, Grant grant);

  Kind kind() const { return kind_; }
  /// Whom rows and events name as their actor.
  const std::string& actor() const { return grant_.user; }
  const Grant& grant() const { return grant_; }
  /// "" unless it is a session.
  const std::string& session_id() const { return session_id_; }

  bool may(Scope scope, std::string_view project) const;
  /// For what belongs to no project: users, tokens for all projects, quotas.
  bool may_everywhere(Scope scope) const;

  /// may(), as a refusal that says what is missing.
  Status require(Scope scope, std::string_view project) const;
  Status require_everywhere(Scope scope) const;

  friend bool operator==(const Identity&, const Identity&) = default;

 private:
  Identity(Kind kind, std::string session_id, Grant grant)
      : kind_(kind), session_id_(std::move(session_id)), grant_(std::move(grant)) {}

  Kind kind_;
  std::string session_id_;
  Grant grant_;
};

}  // namespace wattle::access
