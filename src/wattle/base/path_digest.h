// The digest of whatever a path names, a file or a whole folder, by which outputs, inputs and
// checkpoints are known again.
//
// Units:    bytes.
// Errors:   kNotFound and kIo of the file system; kInvalidArgument: a folder holds more than
//           limits::kArtifacts files.
// Threads:  pure reads. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>

#include "wattle/base/result.h"

namespace wattle {

struct PathDigest {
  std::string sha256;
  std::int64_t bytes = 0;  // of all files

  friend bool operator==(const PathDigest&, const PathDigest&) = default;
};

/// SHA-256 of a file; of a folder over the path and digest of every regular file below it, sorted,
/// so that it does not depend on the order in which the disk lists them.
Result<PathDigest> digest_path(const std::string& path);

}  // namespace wattle
