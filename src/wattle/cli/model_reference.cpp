#include "wattle/cli/model_reference.h"

#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/registry/projects.h"

namespace wattle::cli {
namespace {

using registry::Model;
using registry::Models;
using store::Session;

constexpr std::size_t kPage = 1000;

/// A name that may have a version behind it.
struct Parts {
  std::string name;
  std::string version;
};

/// "churn@champion", "churn/3", "churn/v3"; nothing when the text has no version.
std::optional<Parts> parts_of(const std::string& text) {
  if (const auto at = text.rfind('@'); at != std::string::npos && at > 0) {
    return Parts{.name = text.substr(0, at), .version = text.substr(at + 1)};
  }
  if (const auto slash = text.rfind('/'); slash != std::string::npos && slash > 0) {
    return Parts{.name = text.substr(0, slash), .version = text.substr(slash + 1)};
  }
  return std::nullopt;
}

/// The one that is named, else all.
Result<std::vector<std::string>> projects_in(Session& session,
                                             const std::optional<std::string>& project) {
  return project ? Result<std::vector<std::string>>({*project}) : registry::projects(session);
}

/// All of that name: one for each project that has one.
Result<std::vector<Model>> named(Session& session, const std::string& name,
                                 const std::optional<std::string>& project) {
  WATTLE_ASSIGN_OR_RETURN(const auto projects, projects_in(session, project));
  std::vector<Model> found;
  for (const auto& each : projects) {
    auto model = Models(session).get_by_name(each, name);
    if (model.ok()) {
      found.push_back(std::move(*model));
    } else if (model.error().code() != ErrorCode::kNotFound) {
      return model.error();
    }
  }
  return found;
}

Result<Model> only(std::vector<Model> found, const std::string& name) {
  if (found.size() == 1) {
    return std::move(found.front());
  }
  std::vector<std::string> projects;
  for (const auto& model : found) {
    projects.push_back(model.project);
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("several projects have a model '", name, "'; add --project, one of ",
                      join(projects, ", ")));
}

Error unknown(Session& session, const std::string& name,
              const std::optional<std::string>& project) {
  std::vector<std::string> names;
  if (const auto models = all_models(session, project); models.ok()) {
    for (const auto& model : *models) {
      names.push_back(model.name);
    }
  }
  const auto near = nearest(name, std::vector<std::string_view>(names.begin(), names.end()));
  return {ErrorCode::kNotFound,
          concat("there is no model '", name, "'", project ? " in project " + *project : "",
                 near.empty() ? "; `wattle models ls` lists them"
                              : concat("; did you mean '", near, "'?"))};
}

}  // namespace

Result<std::vector<Model>> all_models(Session& session, const std::optional<std::string>& project) {
  WATTLE_ASSIGN_OR_RETURN(const auto projects, projects_in(session, project));
  std::vector<Model> found;
  for (const auto& each : projects) {
    std::string after;
    for (std::size_t page = kPage; page == kPage;) {
      WATTLE_ASSIGN_OR_RETURN(auto models, Models(session).list(each, after, kPage));
      page = models.size();
      after = models.empty() ? "" : models.back().name;
      std::ranges::move(models, std::back_inserter(found));
    }
  }
  return found;
}

Result<Model> find_model(Session& session, const std::string& name,
                         const std::optional<std::string>& project) {
  WATTLE_ASSIGN_OR_RETURN(auto found, named(session, name, project));
  return found.empty() ? Result<Model>(unknown(session, name, project))
                       : only(std::move(found), name);
}

Result<NamedVersion> find_version(Session& session, const std::string& text,
                                  const std::optional<std::string>& project) {
  WATTLE_ASSIGN_OR_RETURN(auto found, named(session, text, project));
  std::string word = "latest";
  const auto parts = found.empty() ? parts_of(text) : std::nullopt;
  if (parts) {
    word = parts->version;
    WATTLE_ASSIGN_OR_RETURN(found, named(session, parts->name, project));
  }
  const std::string name = parts ? parts->name : text;
  if (found.empty()) {
    return unknown(session, name, project);
  }
  NamedVersion result;
  WATTLE_ASSIGN_OR_RETURN(result.model, only(std::move(found), name));
  auto version = Models(session).resolve(result.model.project, result.model.id, word);
  if (!version.ok()) {
    // The registry knows models by their ids; a user, by their names.
    return version.error().code() == ErrorCode::kNotFound
               ? Error(ErrorCode::kNotFound,
                       word == "latest"
                           ? concat("model '", name, "' has no versions yet")
                           : concat("model '", name, "' has neither a version nor an alias '", word,
                                    "'; `wattle models show ", shell_quote(name), "` lists them"))
               : version.error();
  }
  result.version = std::move(*version);
  result.is_named = parts.has_value();
  return result;
}

}  // namespace wattle::cli
