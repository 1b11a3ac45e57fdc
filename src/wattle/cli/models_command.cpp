// `wattle models`: lists, and what changes models. What one version is, is told by model_show.cpp.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "wattle/base/ids.h"
#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/model_output.h"
#include "wattle/cli/model_reference.h"
#include "wattle/cli/run_summary.h"
#include "wattle/cli/table.h"
#include "wattle/job/current_user.h"
#include "wattle/registry/models.h"
#include "wattle/store/artifact_references.h"

namespace wattle::cli {
namespace {

using registry::Models;
using store::Session;

registry::Caller caller_in(Context& context, const std::string& project) {
  return {.project = project, .actor = job::current_user(), .now = context.clock().utc_now()};
}

struct ListedModel {
  registry::Model model;
  std::optional<registry::ModelVersion> latest;
  std::vector<registry::Alias> aliases;
};

Result<std::vector<ListedModel>> listed_models(Session& session,
                                               const std::optional<std::string>& project) {
  std::vector<ListedModel> listed;
  WATTLE_ASSIGN_OR_RETURN(auto models, all_models(session, project));
  for (auto& model : models) {
    ListedModel entry;
    WATTLE_ASSIGN_OR_RETURN(auto versions, Models(session).versions(model.project, model.id, 0, 1));
    if (!versions.empty()) {
      entry.latest = std::move(versions.front());
    }
    WATTLE_ASSIGN_OR_RETURN(entry.aliases, Models(session).aliases(model.project, model.id));
    entry.model = std::move(model);
    listed.push_back(std::move(entry));
  }
  return listed;
}

std::string aliases_text(const std::vector<registry::Alias>& aliases) {
  std::vector<std::string> words;
  for (const auto& alias : aliases) {
    words.push_back(concat(alias.alias, "=", alias.number));
  }
  return join(words, " ");
}

nlohmann::ordered_json listed_json(const ListedModel& entry) {
  nlohmann::ordered_json json = {{"id", entry.model.id},
                                 {"name", entry.model.name},
                                 {"project", entry.model.project},
                                 {"description", entry.model.description},
                                 {"latest", nullptr},
                                 {"approval", nullptr},
                                 {"aliases", nlohmann::ordered_json::object()},
                                 {"created_at", to_rfc3339(entry.model.created)},
                                 {"updated_at", to_rfc3339(entry.model.updated)}};
  if (entry.latest) {
    json["latest"] = entry.latest->number;
    json["approval"] = registry::to_text(entry.latest->approval);
  }
  for (const auto& alias : entry.aliases) {
    json["aliases"][alias.alias] = alias.number;
  }
  return json;
}

struct Registered {
  registry::Model model;
  registry::ModelVersion version;
};

/// The model is made when it is not there.
Result<registry::Model> model_for(Session& session, const registry::Caller& caller,
                                  const std::string& id, const std::string& name) {
  auto model = Models(session).get_by_name(caller.project, name);
  return model.ok() || model.error().code() != ErrorCode::kNotFound
             ? std::move(model)
             : Models(session).create(caller, id, name);
}

Result<Registered> register_version(Session& session, const registry::Caller& caller,
                                    const std::string& new_id, const std::string& name,
                                    const registry::NewModelVersion& version) {
  Registered registered;
  WATTLE_ASSIGN_OR_RETURN(registered.model, model_for(session, caller, new_id, name));
  auto of_model = version;
  of_model.model_id = registered.model.id;
  WATTLE_ASSIGN_OR_RETURN(registered.version, Models(session).create_version(caller, of_model));
  return registered;
}

void tell(Context& context, bool json, const nlohmann::ordered_json& object,
          const std::string& sentence) {
  if (json) {
    context.output().data(json_text(object));
  } else {
    context.output().narrate(sentence + "\n");
  }
}

/// A version that somebody decides on is named: the latest may be another one by now.
Status check_named(const NamedVersion& found, const std::string& text) {
  return found.is_named
             ? Status()
             : Status(Error(ErrorCode::kInvalidArgument,
                            concat("'", text, "' names no version; the latest is ", found.name())));
}

}  // namespace

Result<int> models_list(Context& context, const ModelsListOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  std::vector<ListedModel> listed;
  WATTLE_RETURN_IF_ERROR(house->database().read([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(listed, listed_models(session, options.project));
    return {};
  }));
  auto json = nlohmann::ordered_json::array();
  Table table(
      {{"MODEL"}, {"PROJECT"}, {"LATEST", Align::kRight}, {"APPROVAL"}, {"UPDATED"}, {"ALIASES"}});
  for (const auto& entry : listed) {
    json.push_back(listed_json(entry));
    table.add({entry.model.name, entry.model.project,
               entry.latest ? std::to_string(entry.latest->number) : "",
               entry.latest ? std::string(registry::to_text(entry.latest->approval)) : "",
               age(context.clock().utc_now() - entry.model.updated), aliases_text(entry.aliases)});
    if (options.quiet) {
      context.output().data(entry.model.name + "\n");
    }
  }
  if (options.json) {
    context.output().data(json_text(json));
  } else if (!options.quiet && listed.empty()) {
    context.output().narrate(
        "No models yet. `wattle models register RUN --model NAME` makes the first.\n");
  } else if (!options.quiet) {
    context.output().data(table.to_text(context.output()));
  }
  return 0;
}

Result<int> models_register(Context& context, const ModelsRegisterOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto run, house->jobs().find(options.run));
  WATTLE_ASSIGN_OR_RETURN(const auto job, house->jobs().get(run));
  WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
  WATTLE_ASSIGN_OR_RETURN(auto around, context.surroundings());
  WATTLE_ASSIGN_OR_RETURN(const auto content, model_content(*house, home, run, options.output));
  const auto caller = caller_in(context, job.project);
  const auto new_id = make_ulid(context.clock(), around.rng);
  Registered made;
  const Status written = house->database().write([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(made, register_version(session, caller, new_id, options.model,
                                                   {.model_id = {},
                                                    .digest = content.digest,
                                                    .run_id = run,
                                                    .description = options.description}));
    for (const auto& alias : options.aliases) {
      WATTLE_RETURN_IF_ERROR(
          Models(session).set_alias(caller, made.model.id, alias, made.version.number));
    }
    return content.lease.empty() ? Status() : store::release_artifact_lease(session, content.lease);
  });
  WATTLE_RETURN_IF_ERROR(written);
  const std::string name = concat(made.model.name, "/", made.version.number);
  if (options.quiet) {
    context.output().data(name + "\n");
    return 0;
  }
  tell(context, options.json,
       {{"model", made.model.name},
        {"project", made.model.project},
        {"version", made.version.number},
        {"sha256", made.version.digest},
        {"run", run},
        {"output", content.output}},
       concat(name, " is ", content.output, " of run ", short_id(run)));
  return 0;
}

Result<int> models_alias(Context& context, const ModelsAliasOptions& options) {
  if (options.version.empty() && !options.remove) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("which version? `wattle models alias ", shell_quote(options.model), " ",
                        shell_quote(options.alias), " 3`, or --delete"));
  }
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  registry::Model model;
  std::int64_t number = 0;
  WATTLE_RETURN_IF_ERROR(house->database().write([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(model, find_model(session, options.model, options.project));
    const auto caller = caller_in(context, model.project);
    if (options.remove) {
      return Models(session).delete_alias(caller, model.id, options.alias);
    }
    WATTLE_ASSIGN_OR_RETURN(
        const auto found,
        find_version(session, concat(model.name, "@", options.version), model.project));
    number = found.version.number;
    return Models(session).set_alias(caller, model.id, options.alias, number);
  }));
  const auto version = options.remove ? nlohmann::ordered_json() : nlohmann::ordered_json(number);
  tell(context, options.json,
       {{"model", model.name},
        {"project", model.project},
        {"alias", options.alias},
        {"version", version}},
       options.remove ? concat(model.name, "@", options.alias, " is no alias any more")
                      : concat(model.name, "@", options.alias, " is ", model.name, "/", number));
  return 0;
}

Result<int> models_decide(Context& context, const ModelsDecideOptions& options) {
  if (!options.approve && trim(options.reason).empty()) {
    return Error(ErrorCode::kInvalidArgument, "--reason: a rejection says why");
  }
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  NamedVersion found;
  const Status written = house->database().write([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, find_version(session, options.model, options.project));
    WATTLE_RETURN_IF_ERROR(check_named(found, options.model));
    WATTLE_ASSIGN_OR_RETURN(
        found.version,
        Models(session).decide(caller_in(context, found.model.project), found.model.id,
                               found.version.number,
                               {.approval = options.approve ? registry::Approval::kApproved
                                                            : registry::Approval::kRejected,
                                .reason = options.reason,
                                .expected_version = {}}));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(written);
  const auto word = registry::to_text(found.version.approval);
  tell(context, options.json,
       {{"model", found.model.name},
        {"project", found.model.project},
        {"version", found.version.number},
        {"approval", word},
        {"actor", found.version.approval_actor},
        {"reason", found.version.approval_reason}},
       concat(found.name(), " ", word, options.reason.empty() ? "" : ": ", options.reason));
  return 0;
}

Result<int> models_get(Context& context, const ModelsGetOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  NamedVersion found;
  WATTLE_RETURN_IF_ERROR(house->database().read([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, find_version(session, options.model, options.project));
    return {};
  }));
  const auto path = absolute_path(options.path);
  WATTLE_RETURN_IF_ERROR(
      house->artifacts().materialise(found.version.digest, path).with_context(found.name()));
  tell(context, options.json,
       {{"model", found.model.name},
        {"project", found.model.project},
        {"version", found.version.number},
        {"sha256", found.version.digest},
        {"path", path}},
       concat(found.name(), " is at ", path, ", every byte as its digest says"));
  return 0;
}

}  // namespace wattle::cli
