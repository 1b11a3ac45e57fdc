// Whether this host can isolate as a job asks for, found out by doing it once, before the run is
// accepted.
//
// Units:    none.
// Errors:   kUnsupported: a program is missing, user namespaces are off, docker was asked for: the
//           message says which, and the remedy. kNotFound: there is no such image.
// Threads:  as its Subprocess. Lifetime: value types.
// See:      docs/guides/sandbox.md
#pragma once

#include <map>
#include <string>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/base/subprocess.h"
#include "wattle/base/units.h"
#include "wattle/executor/environment.h"
#include "wattle/executor/isolation.h"

namespace wattle::executor {

struct IsolationWish {
  SandboxOptions sandbox;
  ContainerOptions container;
  bool sagemaker = false;  // /opt/ml is to be seen: best effort, by bubblewrap where it works
};

/// `caller` gives PATH and XDG_RUNTIME_DIR. Takes some 20 ms for bubblewrap, 200 ms for podman.
Result<IsolationMeans> probe_isolation(FileSystem& files, Subprocess& subprocess,
                                       const IsolationWish& wish, const Environment& caller);

/// Fetches the image where the runtime keeps its own and does not have it yet; else does nothing.
/// The runtime's last words are in the error.
Status ensure_image(Subprocess& subprocess, const IsolationMeans& means,
                    const ContainerOptions& container, Seconds timeout);

/// Can the contract's tree be seen at /opt/ml? Else the variables point into the tree.
bool can_show_opt_ml(const IsolationMeans& means);

}  // namespace wattle::executor
