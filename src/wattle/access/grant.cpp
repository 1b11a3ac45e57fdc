#include "wattle/access/grant.h"

#include <array>
#include <utility>

#include "wattle/access/names.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

constexpr std::array<std::pair<Scope, std::string_view>, 3> kScopes{
    {{Scope::kRead, "read"}, {Scope::kWrite, "write"}, {Scope::kAdmin, "admin"}}};

Error missing(const Identity& identity, Scope scope, std::string_view where) {
  return {ErrorCode::kPermissionDenied,
          concat("this needs the scope ", to_text(scope), " ", where, ", and '", identity.actor(),
                 "' has ", to_text(identity.grant().scope), " ",
                 identity.grant().projects.is_all()
                     ? "in all projects"
                     : concat("in project '", identity.grant().projects.text(), "'"),
                 "; ask an administrator for a token that has it")};
}

}  // namespace

std::string_view to_text(Scope scope) {
  return kScopes[static_cast<std::size_t>(scope)].second;
}

Result<Scope> parse_scope(std::string_view text) {
  for (const auto& [scope, word] : kScopes) {
    if (text == word) {
      return scope;
    }
  }
  constexpr std::size_t kShown = 40;
  return Error(ErrorCode::kInvalidArgument,
               concat("scope '", text.substr(0, kShown), "' is none; write read, write or admin"));
}

Result<ProjectRange> parse_project_range(std::string_view text) {
  if (text == "*") {
    return ProjectRange::all();
  }
  WATTLE_RETURN_IF_ERROR(check_name("project", text));
  return ProjectRange::one(std::string(text));
}

bool covers(const Grant& outer, const Grant& inner) {
  return outer.scope >= inner.scope && outer.projects.holds(inner.projects);
}

Identity Identity::owner(std::string account) {
  return {Kind::kOwner,
          "",
          {.user = std::move(account),
           .projects = ProjectRange::all(),
           .scope = Scope::kAdmin,
           .token_id = ""}};
}

Identity Identity::token(Grant grant) {
  return {Kind::kToken, "", std::move(grant)};
}

Identity Identity::session(std::string session_id, Grant grant) {
  return {Kind::kSession, std::move(session_id), std::move(grant)};
}

bool Identity::may(Scope scope, std::string_view project) const {
  return grant_.scope >= scope && grant_.projects.holds(project);
}

bool Identity::may_everywhere(Scope scope) const {
  return grant_.scope >= scope && grant_.projects.is_all();
}

Status Identity::require(Scope scope, std::string_view project) const {
  return may(scope, project) ? Status()
                             : missing(*this, scope, concat("in project '", project, "'"));
}

Status Identity::require_everywhere(Scope scope) const {
  return may_everywhere(scope) ? Status() : missing(*this, scope, "in all projects");
}

}  // namespace wattle::access
