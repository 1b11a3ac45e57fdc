// A model as a user names it: NAME, NAME@ALIAS, NAME/3.
//
// Units:    none.
// Errors:   kNotFound: no such model, version or alias, with the nearest name. kInvalidArgument:
//           several projects have a model of that name. Else as the database.
// Threads:  as the Session. Lifetime: value types.
// See:      docs/reference/cli.md
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/models.h"
#include "wattle/store/database.h"

namespace wattle::cli {

struct NamedVersion {
  registry::Model model;
  registry::ModelVersion version;
  bool is_named = false;  // false: no version was given, and this is the latest

  /// "churn/3"
  std::string name() const { return model.name + "/" + std::to_string(version.number); }
};

/// The model of exactly this name.
Result<registry::Model> find_model(store::Session& session, const std::string& name,
                                   const std::optional<std::string>& project);
/// The latest version when the text names none. A model whose own name has an '@' or a '/' is found
/// by it.
Result<NamedVersion> find_version(store::Session& session, const std::string& text,
                                  const std::optional<std::string>& project);
/// All models of the project, or of all.
Result<std::vector<registry::Model>> all_models(store::Session& session,
                                                const std::optional<std::string>& project);

}  // namespace wattle::cli
