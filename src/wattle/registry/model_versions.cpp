// The versions of models.
#include <array>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/changes.h"
#include "wattle/registry/lineage.h"
#include "wattle/registry/models.h"
#include "wattle/registry/runs.h"
#include "wattle/store/artifact_references.h"

namespace wattle::registry {
namespace {

constexpr std::array<std::string_view, 4> kApprovals{"none", "pending", "approved", "rejected"};
constexpr std::string_view kSelectVersions =
    "SELECT model_id, number, project, actor, created_ns, run_id, sha256, description, approval, "
    "approval_actor, approval_reason, approval_ns, version FROM model_versions WHERE ";

Result<ModelVersion> read_version(const store::SqlRow& row) {
  WATTLE_ASSIGN_OR_RETURN(const Approval approval, parse_approval(row.text(8)));
  return ModelVersion{
      .model_id = row.text(0),
      .number = row.integer(1),
      .project = row.text(2),
      .actor = row.text(3),
      .created = {row.integer(4)},
      .run_id = row.maybe_text(5),
      .digest = row.text(6),
      .description = row.text(7),
      .approval = approval,
      .approval_actor = row.text(9),
      .approval_reason = row.text(10),
      .approval_time = row.is_null(11) ? std::nullopt : std::optional(UtcTime{row.integer(11)}),
      .version = row.integer(12)};
}

Result<std::vector<ModelVersion>> select(store::Session& session, std::string_view condition,
                                         const store::SqlValues& parameters) {
  std::vector<ModelVersion> found;
  WATTLE_RETURN_IF_ERROR(session.query(concat(kSelectVersions, condition), parameters,
                                       [&found](const store::SqlRow& row) -> Status {
                                         WATTLE_ASSIGN_OR_RETURN(auto version, read_version(row));
                                         found.push_back(std::move(version));
                                         return {};
                                       }));
  return found;
}

Error too_long(std::string_view what, std::size_t bytes) {
  return {ErrorCode::kInvalidArgument, concat(what, " has at most ", limits::kDescriptionBytes,
                                              " bytes, and this one has ", bytes)};
}

}  // namespace

std::string_view to_text(Approval approval) {
  return kApprovals.at(static_cast<std::size_t>(approval));
}

Result<Approval> parse_approval(std::string_view text) {
  for (std::size_t i = 0; i < kApprovals.size(); ++i) {
    if (kApprovals.at(i) == text) {
      return static_cast<Approval>(i);
    }
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("'", text, "' is none of none, pending, approved, rejected"));
}

Result<ModelVersion> Models::create_version(const Caller& caller, const NewModelVersion& version) {
  if (version.description.size() > limits::kDescriptionBytes) {
    return too_long("a description", version.description.size());
  }
  WATTLE_ASSIGN_OR_RETURN(const Model model, get(caller.project, version.model_id));
  if (version.run_id) {
    WATTLE_RETURN_IF_ERROR(Runs(session_).get(caller.project, *version.run_id));
  }
  // Counted in the model's row, so that a number is not given again after its version is gone.
  const std::int64_t number = model.last_number + 1;
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "UPDATE models SET last_number = ?, updated_ns = ?, version = version + 1 WHERE id = ?",
      {number, caller.now.ns, model.id}));
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "INSERT INTO model_versions (model_id, number, project, actor, created_ns, run_id, sha256, "
      "description, approval, approval_actor, approval_reason, approval_ns, version) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'none', '', '', NULL, 1)",
      {model.id, number, caller.project, caller.actor, caller.now.ns,
       store::sql_value(version.run_id), version.digest, version.description}));
  WATTLE_ASSIGN_OR_RETURN(const auto made, get_version(caller.project, model.id, number));
  WATTLE_RETURN_IF_ERROR(note_used(caller, made));
  WATTLE_RETURN_IF_ERROR(note_change(
      session_, caller, {"model_version.created", made.id(), {{"sha256", made.digest}}}));
  return made;
}

Status Models::note_used(const Caller& caller, const ModelVersion& version) {
  WATTLE_RETURN_IF_ERROR(
      store::add_artifact_reference(session_, {.owner = {"model_version", version.id(), "model"},
                                               .digest = version.digest,
                                               .project = caller.project,
                                               .actor = caller.actor,
                                               .created = caller.now}));
  return version.run_id ? add_edge(session_, caller,
                                   {.from = {"run", *version.run_id},
                                    .relation = Relation::kProduced,
                                    .to = {"model_version", version.id()}})
                        : Status();
}

Result<ModelVersion> Models::get_version(std::string_view project, std::string_view model_id,
                                         std::int64_t number) {
  WATTLE_ASSIGN_OR_RETURN(const auto found,
                          select(session_, "model_id = ? AND number = ? AND project = ?",
                                 {std::string(model_id), number, std::string(project)}));
  return found.empty()
             ? Result<ModelVersion>(Error(ErrorCode::kNotFound,
                                          concat("model ", model_id, " has no version ", number)))
             : found.front();
}

Result<std::vector<ModelVersion>> Models::versions(std::string_view project,
                                                   std::string_view model_id, std::int64_t before,
                                                   std::size_t limit) {
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  return select(session_,
                "model_id = ? AND number < ? AND project = ? ORDER BY number DESC LIMIT ?",
                {std::string(model_id), before == 0 ? kAll : before, std::string(project),
                 static_cast<std::int64_t>(limit)});
}

Status Models::describe_version(const Caller& caller, const ModelVersion& version,
                                const std::string& description) {
  if (description.size() > limits::kDescriptionBytes) {
    return too_long("a description", description.size());
  }
  WATTLE_ASSIGN_OR_RETURN(const auto there,
                          get_version(caller.project, version.model_id, version.number));
  WATTLE_RETURN_IF_ERROR(
      check_version(concat("model version ", version.id()), there.version, version.version));
  WATTLE_RETURN_IF_ERROR(
      session_.execute("UPDATE model_versions SET description = ?, version = version + 1 "
                       "WHERE model_id = ? AND number = ?",
                       {description, version.model_id, version.number}));
  return note_change(session_, caller, {"model_version.described", version.id(), {}});
}

Result<ModelVersion> Models::decide(const Caller& caller, const std::string& model_id,
                                    std::int64_t number, const Decision& decision) {
  if (decision.reason.size() > limits::kDescriptionBytes) {
    return too_long("a reason", decision.reason.size());
  }
  if (decision.approval == Approval::kRejected && trim(decision.reason).empty()) {
    return Error(ErrorCode::kFailedPrecondition,
                 "a rejection needs its reason: whoever made the version will ask");
  }
  WATTLE_ASSIGN_OR_RETURN(const auto there, get_version(caller.project, model_id, number));
  WATTLE_RETURN_IF_ERROR(check_version(concat("model version ", there.id()), there.version,
                                       decision.expected_version));
  WATTLE_RETURN_IF_ERROR(session_.execute(
      "UPDATE model_versions SET approval = ?, approval_actor = ?, approval_reason = ?, "
      "approval_ns = ?, version = version + 1 WHERE model_id = ? AND number = ?",
      {std::string(to_text(decision.approval)), caller.actor, decision.reason, caller.now.ns,
       model_id, number}));
  WATTLE_RETURN_IF_ERROR(note_change(session_, caller,
                                     {"model_version.decided",
                                      there.id(),
                                      {{"from", std::string(to_text(there.approval))},
                                       {"approval", std::string(to_text(decision.approval))},
                                       {"reason", decision.reason}}}));
  return get_version(caller.project, model_id, number);
}

Result<ModelVersion> Models::resolve(std::string_view project, std::string_view model_id,
                                     std::string_view word) {
  if (word == "latest") {
    WATTLE_ASSIGN_OR_RETURN(const auto newest, versions(project, model_id, 0, 1));
    return newest.empty()
               ? Result<ModelVersion>(
                     Error(ErrorCode::kNotFound, concat("model ", model_id, " has no versions")))
               : newest.front();
  }
  const auto number = parse_integer(word.starts_with('v') ? word.substr(1) : word);
  if (number.ok()) {
    return get_version(project, model_id, *number);
  }
  WATTLE_ASSIGN_OR_RETURN(const auto known, aliases(project, model_id));
  for (const auto& alias : known) {
    if (alias.alias == word) {
      return get_version(project, model_id, alias.number);
    }
  }
  return Error(ErrorCode::kNotFound,
               concat("model ", model_id, " has neither a version nor an alias '", word, "'"));
}

}  // namespace wattle::registry
