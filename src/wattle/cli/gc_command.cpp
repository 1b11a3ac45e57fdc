#include <algorithm>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/run_summary.h"
#include "wattle/cli/table.h"
#include "wattle/job/home_sweep.h"
#include "wattle/spec/quantity.h"
#include "wattle/store/artifact_references.h"

namespace wattle::cli {
namespace {

using store::CollectedCount;

Result<Seconds> duration(std::string_view flag, const std::string& text) {
  const auto seconds = spec::parse_quantity(spec::Dimension::kDuration, text);
  return seconds.ok() ? Result<Seconds>(Seconds(*seconds))
                      : Error(ErrorCode::kInvalidArgument,
                              concat(flag, " takes a duration (12h, 7d), not '", text, "'"));
}

struct Kind {
  std::string_view title;
  std::string_view key;
  CollectedCount count;
};

std::vector<Kind> removed_kinds(const job::SweepReport& report) {
  return {{"artifacts", "artifacts", report.artifacts.artifacts},
          {"files that became no artifact", "orphans", report.artifacts.orphans},
          {"uploads that died", "staged", report.artifacts.staged},
          {"runs that were never accepted", "unaccepted_runs", report.unaccepted},
          {"secrets of ended runs", "secrets", report.secrets},
          {"files of old runs", "run_files", report.run_files}};
}

std::vector<Kind> kept_kinds(const job::SweepReport& report) {
  const auto& artifacts = report.artifacts;
  return {{"pinned", "pinned", artifacts.kept_pinned},
          {"referenced", "referenced", artifacts.kept_referenced},
          {"leased", "leased", artifacts.kept_leased},
          {"in a folder that is kept", "in_folder", artifacts.kept_in_folder},
          {"young", "young", artifacts.kept_young}};
}

nlohmann::ordered_json counts_json(const std::vector<Kind>& kinds) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& kind : kinds) {
    json[std::string(kind.key)] = {{"count", kind.count.count}, {"bytes", kind.count.bytes}};
  }
  return json;
}

std::vector<std::string> strangers_of(const job::SweepReport& report) {
  auto strangers = report.artifacts.strangers;
  strangers.insert(strangers.end(), report.strangers.begin(), report.strangers.end());
  return strangers;
}

std::string json_of(const job::SweepReport& report, bool is_dry) {
  return json_text({{"dry_run", is_dry},
                    {"freed_bytes", report.freed_bytes()},
                    {"removed", counts_json(removed_kinds(report))},
                    {"kept_artifacts", counts_json(kept_kinds(report))},
                    {"left_alone", strangers_of(report)},
                    {"notes", report.notes}});
}

void print(Output& output, const job::SweepReport& report, bool is_dry) {
  Table table(
      {{is_dry ? "WOULD GO" : "REMOVED"}, {"COUNT", Align::kRight}, {"SIZE", Align::kRight}});
  for (const auto& kind : removed_kinds(report)) {
    if (kind.count.count > 0) {
      table.add(
          {std::string(kind.title), std::to_string(kind.count.count), bytes(kind.count.bytes)});
    }
  }
  if (!table.empty()) {
    output.data(table.to_text(output));
  }
  std::vector<std::string> kept;
  for (const auto& kind : kept_kinds(report)) {
    if (kind.count.count > 0) {
      kept.push_back(concat(kind.count.count, " ", kind.title));
    }
  }
  output.narrate(concat(bytes(report.freed_bytes()), is_dry ? " would be freed" : " freed",
                        kept.empty() ? "" : "; artifacts that stay: ", join(kept, ", "), "\n"));
  for (const auto& stranger : strangers_of(report)) {
    output.narrate(concat("left alone: ", stranger, " is not ours to remove\n"));
  }
  for (const auto& note : report.notes) {
    output.narrate(note + "\n");
  }
}

/// "model_version 01J…/3 (model), run 01J… (report)"
Result<std::string> owners_of(store::Database& database, const std::string& digest) {
  std::vector<std::string> owners;
  WATTLE_RETURN_IF_ERROR(database.read([&](store::Session& session) -> Status {
    owners.clear();
    WATTLE_ASSIGN_OR_RETURN(const auto references, store::artifact_references_to(session, digest));
    for (const auto& reference : references) {
      const auto& owner = reference.owner;
      owners.push_back(concat(owner.kind, " ", owner.id, " (", owner.name, ")"));
    }
    return {};
  }));
  return join(owners, ", ");
}

Result<int> verify(Context& context, job::JobHouse& house, bool json) {
  auto& output = context.output();
  output.narrate("comparing every artifact with its digest\n");
  WATTLE_ASSIGN_OR_RETURN(const auto found, house.artifacts().verify());
  auto problems = nlohmann::ordered_json::array();
  for (const auto& problem : found.problems) {
    WATTLE_ASSIGN_OR_RETURN(const auto owners, owners_of(house.database(), problem.digest));
    problems.push_back({{"sha256", problem.digest}, {"what", problem.what}, {"needed_by", owners}});
    if (!json) {
      output.data(concat(problem.digest, "  ", problem.what, owners.empty() ? "" : "; needed by ",
                         owners, "\n"));
    }
  }
  if (json) {
    output.data(json_text({{"files", found.files},
                           {"bytes", found.bytes},
                           {"problem_count", found.problem_count},
                           {"problems", problems}}));
  }
  output.narrate(concat(found.files, " files, ", bytes(found.bytes), ": ",
                        found.problem_count == 0 ? std::string("all as their digests say")
                                                 : concat(found.problem_count, " damaged"),
                        "\n"));
  return static_cast<int>(found.problem_count == 0 ? ExitCode::kOk : ExitCode::kFailed);
}

}  // namespace

Result<int> gc(Context& context, const GcOptions& options) {
  job::SweepOptions sweep{.dry_run = options.dry_run ? store::DryRun::kYes : store::DryRun::kNo,
                          .runs_older_than = std::nullopt,
                          .keep_last = static_cast<std::size_t>(options.keep_last)};
  WATTLE_ASSIGN_OR_RETURN(sweep.grace, duration("--grace", options.grace));
  if (options.runs_older_than) {
    WATTLE_ASSIGN_OR_RETURN(sweep.runs_older_than,
                            duration("--runs-older-than", *options.runs_older_than));
  }
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  if (options.verify) {
    return verify(context, *house, options.json);
  }
  WATTLE_ASSIGN_OR_RETURN(const auto report, house->sweep(sweep));
  if (options.json) {
    context.output().data(json_of(report, options.dry_run));
  } else {
    print(context.output(), report, options.dry_run);
  }
  return 0;
}

}  // namespace wattle::cli
