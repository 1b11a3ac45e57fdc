// The list of what a backup holds: a digest for each file, in the format that `sha256sum --check`
// reads, with a few lines of its own that begin with '#'.
//
// Units:    none.
// Errors:   kParse names the line; a path that leads out of the backup is one.
// Threads:  pure functions. Lifetime: values.
// See:      docs/reference/database.md
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/base/time.h"

namespace wattle::store {

struct BackupManifest {
  std::string database;                        // "sqlite" or "postgresql"
  std::string program;                         // who made it: "0.2.0"
  std::string created;                         // RFC 3339
  std::map<std::string, std::string> digests;  // SHA-256 by path below the backup

  bool operator==(const BackupManifest&) const = default;
};

inline constexpr std::string_view kManifestName = "manifest.sha256";

std::string write_manifest(const BackupManifest& manifest);
Result<BackupManifest> read_manifest(std::string_view text);

}  // namespace wattle::store
