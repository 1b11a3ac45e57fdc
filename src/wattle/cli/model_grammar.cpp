// The grammar of `wattle models`.
#include "wattle/cli/grammar.h"

namespace wattle::cli {
namespace {

constexpr const char* kModel = "NAME, NAME@ALIAS or NAME/3; without a version the latest";

void add_project(CLI::App* app, std::optional<std::string>& project) {
  app->add_option("--project", project, "Where several projects have a model of that name");
}

void describe_reading(CLI::App& models, Parsed& parsed) {
  auto* list = command(models, {"ls", "Models: latest version, aliases, approval"}, parsed,
                       parsed.models_list);
  list->add_option("--project", parsed.models_list.project, "Only models of this project");
  list->add_flag("--quiet,-q", parsed.models_list.quiet, "Only names");
  add_json(list, parsed.models_list.json);

  auto* show =
      command(models, {"show", "One version: artifact, source run, aliases, approval, lineage"},
              parsed, parsed.models_show);
  show->add_option("model", parsed.models_show.model, kModel)->required();
  add_project(show, parsed.models_show.project);
  show->add_flag("--quiet,-q", parsed.models_show.quiet, "Only NAME/VERSION");
  add_json(show, parsed.models_show.json);

  auto* get = command(models, {"get", "Write a version's artifact to a path, every byte checked"},
                      parsed, parsed.models_get);
  get->add_option("model", parsed.models_get.model, kModel)->required();
  get->add_option("path", parsed.models_get.path, "Where nothing is yet")->required();
  add_project(get, parsed.models_get.project);
  add_json(get, parsed.models_get.json);
}

void describe_register(CLI::App& models, Parsed& parsed) {
  auto& options = parsed.models_register;
  auto* sub =
      command(models, {"register", "Make a kept output of a run the next version of a model"},
              parsed, options);
  sub->add_option("run", options.run, "The beginning of an id, or `last`")->required();
  sub->add_option("--output", options.output, "Its output, or `model` for all of WATTLE_MODEL_DIR");
  sub->add_option("--model", options.model, "Name of the model; made when it is not there")
      ->required();
  sub->add_option("--alias", options.aliases, "Let this alias point to it; repeatable")
      ->allow_extra_args(false);
  sub->add_option("--description", options.description, "What it is");
  sub->add_flag("--quiet,-q", options.quiet, "Only NAME/VERSION");
  add_json(sub, options.json);
}

void describe_decision(CLI::App& models, CommandWords words, Parsed& parsed,
                       ModelsDecideOptions& options) {
  auto* sub = command(models, words, parsed, options);
  sub->add_option("model", options.model, "NAME/3 or NAME@ALIAS")->required();
  auto* reason = sub->add_option("--reason", options.reason, "Why");
  reason->required(!options.approve);
  add_project(sub, options.project);
  add_json(sub, options.json);
}

}  // namespace

void describe_models(CLI::App& app, Parsed& parsed) {
  auto* models = app.add_subcommand("models", "Models and their versions: ls, show, register, …");
  models->fallthrough(false);
  models->require_subcommand(1);
  models->footer("`wattle models VERB --help` tells more.");
  describe_reading(*models, parsed);
  describe_register(*models, parsed);

  auto& options = parsed.models_alias;
  auto* alias =
      command(*models, {"alias", "Point an alias to a version, or remove it"}, parsed, options);
  alias->add_option("model", options.model, "Name of the model")->required();
  alias->add_option("alias", options.alias, "The alias: champion")->required();
  auto* version = alias->add_option("version", options.version, "3, latest or another alias");
  alias->add_flag("--delete", options.remove, "Remove the alias")->excludes(version);
  add_project(alias, options.project);
  add_json(alias, options.json);

  describe_decision(*models, {"approve", "Approve a version"}, parsed, parsed.models_approve);
  describe_decision(*models, {"reject", "Reject a version, for a reason"}, parsed,
                    parsed.models_reject);
}

}  // namespace wattle::cli
