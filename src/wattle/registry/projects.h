// The projects of a database: a project is there as soon as something is in it.
//
// Units:    none. Errors: those of the database. Threads: as the Session. Lifetime: value types.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/store/database.h"

namespace wattle::registry {

/// Every project with an experiment or a model, by name.
Result<std::vector<std::string>> projects(store::Session& session);

}  // namespace wattle::registry
