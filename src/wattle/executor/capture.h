// What a run's result may depend on besides its input: the code's commit, the Python, the packages,
// the host.
//
// Units:    none. Errors: none: what cannot be told within a few seconds is absent, and the run
// goes on without it. Threads:  one call per thread. Lifetime: value types. See:
// docs/reference/provenance.md for every key.
#pragma once

#include <map>
#include <string>

#include "wattle/base/file.h"
#include "wattle/base/subprocess.h"
#include "wattle/executor/environment.h"

namespace wattle::executor {

/// Keys: host, user, folder; python, python_version, packages_sha256, packages_count, virtual_env,
/// conda_prefix; git_commit, git_branch, git_dirty ("true", "false"), git_diff_sha256 (against the
/// commit, without untracked files). `environment` and `folder` are the job's. Starts python3 and
/// git for a moment; changes nothing.
std::map<std::string, std::string> capture_environment(FileSystem& files, Subprocess& subprocess,
                                                       const Environment& environment,
                                                       const std::string& folder);

}  // namespace wattle::executor
