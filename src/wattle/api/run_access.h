// Which run a request means, as far as whoever asks may know of it.
//
// Units:    none.
// Errors:   kNotFound for what is not there and for what is in a project that the caller may not
//           read: whoever may not read it does not learn that it is there. kPermissionDenied: it
//           may be read, and no more.
// Threads:  any. Lifetime: none.
#pragma once

#include <optional>
#include <string>

#include "wattle/api/call.h"
#include "wattle/api/services.h"
#include "wattle/job/job_store.h"

namespace wattle::api {

/// The one project of the caller's grant; nullopt: all of them.
std::optional<std::string> project_scope(const access::Identity& by);
/// The project that a listing is of: the parameter `project`, or all that the caller may read.
Result<std::optional<std::string>> asked_project(const Call& call);

/// The run that the path names: an id, the beginning of one, or "last".
Result<job::JobRow> run_of(Services& services, const Call& call, access::Scope scope);

}  // namespace wattle::api
