// The parts that every kind of isolation is made of: which folders are seen, and how.
//
// Units:    none. Errors: as isolation.h. Threads: pure functions. Lifetime: value types.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/executor/isolation.h"
#include "wattle/executor/sagemaker_contract.h"

namespace wattle::executor {

enum class Access { kReadOnly, kWritable };

/// By path, so parents come before children, which may be of another kind.
using Mounts = std::map<std::string, Access>;

/// What of the host is the job's; the tree at /opt/ml is not among it.
Mounts mounts_of(const IsolationRequest& request);

/// "wattle-RUN-N", the name of an attempt's container.
std::string container_name(const IsolationRequest& request);

/// Entries "NAME=value" of those variables that a container gets: the told ones and the secrets.
std::vector<std::string> container_entries(const IsolationRequest& request);
std::string_view entry_name(std::string_view entry);

/// isolate() for a container. REQUIRES: means.runtime is not kNone.
Result<IsolatedCommand> contain(const IsolationRequest& request, const IsolationMeans& means);

/// The OCI runtime specification (1.0.2) of an attempt for runc. The root file system is read-only.
std::string runc_config(const IsolationRequest& request, const IsolationMeans& means);

}  // namespace wattle::executor
