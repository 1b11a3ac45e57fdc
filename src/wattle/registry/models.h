// Models and their versions. What a version is never changes: its number, its artifact and the run
// that it comes from. What is said of it does: description, approval, aliases, tags.
//
// Units:    UTC.
// Errors:   kNotFound: no such model, version or alias in the caller's project, or no such
//           artifact. kAlreadyExists: a model of that name. kInvalidArgument: a name or alias that
//           is none. kFailedPrecondition: the row was changed meanwhile, or an approval without a
//           reason. Else as the database.
// Threads:  as the Session. Lifetime: borrows the Session.
// See:      docs/reference/registry.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/caller.h"
#include "wattle/store/database.h"

namespace wattle::registry {

struct Model {
  std::string id;
  std::string project;
  std::string name;
  std::string description;
  std::string actor;
  UtcTime created;
  UtcTime updated;
  std::int64_t last_number = 0;  // of its versions; never given twice
  std::int64_t version = 1;      // of the row: counts its changes
};

enum class Approval { kNone, kPending, kApproved, kRejected };
std::string_view to_text(Approval approval);
Result<Approval> parse_approval(std::string_view text);

struct NewModelVersion {
  std::string model_id;
  std::string digest;  // of the artifact, which is stored
  std::optional<std::string> run_id;
  std::string description;
};

struct ModelVersion {
  std::string model_id;
  std::int64_t number = 0;  // from 1
  std::string project;
  std::string actor;
  UtcTime created;
  std::optional<std::string> run_id;
  std::string digest;
  std::string description;
  Approval approval = Approval::kNone;
  std::string approval_actor;  // who decided, and why
  std::string approval_reason;
  std::optional<UtcTime> approval_time;
  std::int64_t version = 1;  // of the row: counts its changes

  /// "MODEL_ID/3": its id where an owner, a subject or an end of an edge is named.
  std::string id() const { return model_id + "/" + std::to_string(number); }
};

struct Decision {
  Approval approval = Approval::kNone;
  std::string reason;  // needed for kRejected
  std::optional<std::int64_t> expected_version;
};

struct Alias {
  std::string alias;
  std::int64_t number = 0;
  std::string actor;
  UtcTime moved;
};

class Models {
 public:
  explicit Models(store::Session& session) : session_(session) {}

  /// `id` is a new ULID.
  Result<Model> create(const Caller& caller, const std::string& id, const std::string& name,
                       const std::string& description = {});
  Result<Model> get(std::string_view project, std::string_view id);
  Result<Model> get_by_name(std::string_view project, std::string_view name);
  /// By name.
  Result<std::vector<Model>> list(std::string_view project, std::string_view after_name,
                                  std::size_t limit);
  Status rename(const Caller& caller, const std::string& id, const std::string& name);
  Status describe(const Caller& caller, const std::string& id, const std::string& description);

  /// The next number; references the artifact and draws the edge from the run, so that neither is
  /// lost.
  Result<ModelVersion> create_version(const Caller& caller, const NewModelVersion& version);
  Result<ModelVersion> get_version(std::string_view project, std::string_view model_id,
                                   std::int64_t number);
  /// Newest first, below `before` (0: all).
  Result<std::vector<ModelVersion>> versions(std::string_view project, std::string_view model_id,
                                             std::int64_t before, std::size_t limit);
  Status describe_version(const Caller& caller, const ModelVersion& version,
                          const std::string& description);
  Result<ModelVersion> decide(const Caller& caller, const std::string& model_id,
                              std::int64_t number, const Decision& decision);

  /// Moves the alias, if it is there, in one step: a reader sees the old version or the new one.
  Status set_alias(const Caller& caller, const std::string& model_id, const std::string& alias,
                   std::int64_t number);
  Status delete_alias(const Caller& caller, const std::string& model_id, const std::string& alias);
  /// By alias.
  Result<std::vector<Alias>> aliases(std::string_view project, std::string_view model_id);
  /// "3", "v3", "latest" or an alias.
  Result<ModelVersion> resolve(std::string_view project, std::string_view model_id,
                               std::string_view word);

 private:
  Result<Model> find(std::string_view condition, const store::SqlValues& parameters,
                     std::string_view word);
  Status note_used(const Caller& caller, const ModelVersion& version);

  store::Session& session_;
};

}  // namespace wattle::registry
