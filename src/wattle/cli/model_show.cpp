// `wattle models show`: what a version is, where it comes from, what was said of it.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/cli/api_client.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/model_reference.h"
#include "wattle/cli/run_summary.h"
#include "wattle/cli/table.h"
#include "wattle/messages/json_codec.h"
#include "wattle/registry/lineage.h"
#include "wattle/registry/models.h"
#include "wattle/store/artifact_rows.h"

namespace wattle::cli {
namespace {

using registry::Models;
using store::Session;

constexpr std::size_t kShownAncestors = 20;
constexpr std::size_t kShownVersions = 20;

struct Shown {
  NamedVersion named;
  std::optional<store::Artifact> artifact;
  std::optional<messages::RunDetail> run;
  std::vector<registry::Alias> aliases;  // of all versions
  std::vector<registry::ModelVersion> versions;
  registry::LineageAnswer lineage;
  std::map<std::string, std::string> words;  // what artifacts are called, by digest
};

Status read_registry(Session& session, const ModelsShowOptions& options, Shown& shown) {
  WATTLE_ASSIGN_OR_RETURN(shown.named, find_version(session, options.model, options.project));
  const auto& version = shown.named.version;
  WATTLE_ASSIGN_OR_RETURN(shown.artifact, store::find_artifact(session, version.digest));
  WATTLE_ASSIGN_OR_RETURN(shown.aliases,
                          Models(session).aliases(version.project, version.model_id));
  WATTLE_ASSIGN_OR_RETURN(
      shown.versions,
      Models(session).versions(version.project, version.model_id, 0, kShownVersions));
  WATTLE_ASSIGN_OR_RETURN(
      shown.lineage, registry::lineage_of(session, version.project,
                                          {.start = {.kind = "model_version", .id = version.id()},
                                           .side = registry::LineageSide::kAncestors,
                                           .limit = kShownAncestors}));
  return {};
}

/// What the run's files are called, and what it used.
Status read_run(ApiClient& client, Shown& shown) {
  WATTLE_ASSIGN_OR_RETURN(shown.run,
                          client.get<messages::RunDetail>(run_target(*shown.named.version.run_id)));
  WATTLE_ASSIGN_OR_RETURN(const auto receipt, receipt_of(*shown.run));
  if (receipt) {
    for (const auto* files : {&receipt->inputs, &receipt->outputs}) {
      for (const auto& file : *files) {
        shown.words[file.sha256] = file.name;
      }
    }
  }
  return {};
}

Result<Shown> read_shown(Context& context, const ModelsShowOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  Shown shown;
  WATTLE_RETURN_IF_ERROR(house->database().read(
      [&](Session& session) { return read_registry(session, options, shown); }));
  WATTLE_RETURN_IF_ERROR(shown.named.version.run_id ? read_run(*client, shown) : Status());
  return shown;
}

std::vector<std::string> aliases_of(const Shown& shown, std::int64_t number) {
  std::vector<std::string> aliases;
  for (const auto& alias : shown.aliases) {
    if (alias.number == number) {
      aliases.push_back(alias.alias);
    }
  }
  return aliases;
}

nlohmann::ordered_json node_json(const registry::Node& node) {
  return {{"kind", node.kind}, {"id", node.id}};
}

nlohmann::ordered_json approval_json(const registry::ModelVersion& version) {
  nlohmann::ordered_json json = {{"state", registry::to_text(version.approval)},
                                 {"actor", version.approval_actor},
                                 {"reason", version.approval_reason},
                                 {"at", nullptr}};
  if (version.approval_time) {
    json["at"] = to_rfc3339(*version.approval_time);
  }
  return json;
}

nlohmann::ordered_json run_json(const Shown& shown) {
  return shown.run ? messages::to_json_value(static_cast<const messages::RunSummary&>(*shown.run))
                   : nlohmann::ordered_json();
}

nlohmann::ordered_json json_of(const Shown& shown) {
  const auto& version = shown.named.version;
  nlohmann::ordered_json json = {{"model", shown.named.model.name},
                                 {"project", version.project},
                                 {"version", version.number},
                                 {"id", version.id()},
                                 {"created_at", to_rfc3339(version.created)},
                                 {"actor", version.actor},
                                 {"description", version.description},
                                 {"artifact", {{"sha256", version.digest}}},
                                 {"run", run_json(shown)},
                                 {"aliases", aliases_of(shown, version.number)},
                                 {"approval", approval_json(version)},
                                 {"lineage", nlohmann::ordered_json::array()},
                                 {"lineage_is_cut", shown.lineage.is_cut},
                                 {"versions", nlohmann::ordered_json::array()}};
  if (shown.artifact) {
    json["artifact"]["kind"] = store::to_text(shown.artifact->kind);
    json["artifact"]["bytes"] = shown.artifact->content_bytes;
    json["artifact"]["state"] = store::to_text(shown.artifact->state);
  }
  for (const auto& edge : shown.lineage.edges) {
    json["lineage"].push_back({{"from", node_json(edge.from)},
                               {"relation", registry::to_text(edge.relation)},
                               {"to", node_json(edge.to)}});
  }
  for (const auto& other : shown.versions) {
    json["versions"].push_back({{"version", other.number},
                                {"created_at", to_rfc3339(other.created)},
                                {"approval", registry::to_text(other.approval)},
                                {"aliases", aliases_of(shown, other.number)}});
  }
  return json;
}

std::string row(std::string_view title, std::string_view text) {
  constexpr std::size_t kWidth = 11;
  return concat(title, std::string(kWidth - title.size(), ' '), text, "\n");
}

std::string short_digest(const std::string& digest) {
  constexpr std::size_t kShown = 12;
  return digest.substr(0, kShown);
}

std::string artifact_text(const Shown& shown) {
  const auto& digest = shown.named.version.digest;
  if (!shown.artifact) {
    return row("artifact", concat(digest, ": not in the store any more"));
  }
  const auto& artifact = *shown.artifact;
  const bool is_well = artifact.state == store::ArtifactState::kPresent;
  return row("artifact", concat(digest, "  ", store::to_text(artifact.kind), ", ",
                                bytes(artifact.content_bytes),
                                is_well ? "" : concat(", ", store::to_text(artifact.state))));
}

std::string figure_text(const messages::Figure& figure, const std::string& text) {
  const auto error = margin(figure);
  return concat(text, error.empty() ? "" : " ", error);
}

std::string run_text(const Shown& shown) {
  if (!shown.run) {
    return row("run", "none: it was registered without one");
  }
  const auto& run = *shown.run;
  std::string text = concat(short_id(run.id), "  ", run.name, "  ", state_words(run));
  if (run.wall_seconds) {
    text += "  " + format_duration(Seconds(*run.wall_seconds)) + "  ";
    text += run.energy ? figure_text(*run.energy, energy(Joules(run.energy->value))) : "unmetered";
    text += run.emissions
                ? concat("  ", figure_text(*run.emissions, mass(GramsCo2e(run.emissions->value))),
                         " CO2e")
                : "";
  }
  return row("run", text);
}

std::string approval_text(const registry::ModelVersion& version, UtcTime now) {
  std::string text(registry::to_text(version.approval));
  if (version.approval_time) {
    text += concat(" by ", version.approval_actor, " ", age(now - *version.approval_time));
  }
  return row("approval",
             text + (version.approval_reason.empty() ? "" : ": " + version.approval_reason));
}

/// "artifact 12ab (train.csv)", "run 01J…", "churn/3"
std::string node_text(const registry::Node& node, const Shown& shown) {
  if (node.kind == "run") {
    return "run " + short_id(node.id);
  }
  if (node.kind == "artifact") {
    const auto word = shown.words.find(node.id);
    return concat("artifact ", short_digest(node.id),
                  word == shown.words.end() ? "" : concat(" (", word->second, ")"));
  }
  const auto own = shown.named.version.model_id + "/";
  return node.id.starts_with(own) ? concat(shown.named.model.name, "/", node.id.substr(own.size()))
                                  : concat(node.kind, " ", node.id);
}

std::string_view relation_words(registry::Relation relation) {
  return relation == registry::Relation::kProduced ? " produced "
         : relation == registry::Relation::kUsed   ? " was used by "
                                                   : " became ";
}

std::string lineage_text(const Shown& shown) {
  std::string text;
  for (const auto& edge : shown.lineage.edges) {
    text += row(text.empty() ? "lineage" : "",
                concat(node_text(edge.from, shown), relation_words(edge.relation),
                       node_text(edge.to, shown)));
  }
  return text + (shown.lineage.is_cut ? row("", "… and more") : "");
}

std::string versions_text(const Shown& shown, UtcTime now, const Output& output) {
  Table table({{"VERSION", Align::kRight}, {"CREATED"}, {"APPROVAL"}, {"ALIASES"}});
  for (const auto& version : shown.versions) {
    table.add({std::to_string(version.number), age(now - version.created),
               std::string(registry::to_text(version.approval)),
               join(aliases_of(shown, version.number), " ")});
  }
  return "\n" + table.to_text(output);
}

std::string text_of(const Shown& shown, UtcTime now, const Output& output) {
  const auto& version = shown.named.version;
  std::string text =
      concat(output.styled(Style::kBold, shown.named.name()), "  project ", version.project, "  ",
             age(now - version.created), " by ", version.actor, "\n");
  text += version.description.empty() ? "" : version.description + "\n";
  text += artifact_text(shown) + run_text(shown);
  const auto aliases = aliases_of(shown, version.number);
  text += aliases.empty() ? "" : row("aliases", join(aliases, " "));
  text += approval_text(version, now) + lineage_text(shown);
  const bool has_others = !shown.named.is_named && shown.versions.size() > 1;
  return text + (has_others ? versions_text(shown, now, output) : "");
}

}  // namespace

Result<int> models_show(Context& context, const ModelsShowOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto shown, read_shown(context, options));
  auto& output = context.output();
  output.data(options.quiet  ? shown.named.name() + "\n"
              : options.json ? json_text(json_of(shown))
                             : text_of(shown, context.clock().utc_now(), output));
  return 0;
}

}  // namespace wattle::cli
