// Reads a folder into a staging: every file copied, every folder and link noted.
//
// Units:    bytes.
// Errors:   kInvalidArgument, with the path: a link that leads out of the folder, a socket, pipe or
//           device, more than limits::kArtifactEntries. Else as ArtifactStaging.
// Threads:  one. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/store/artifact_manifest.h"
#include "wattle/store/artifact_staging.h"

namespace wattle::store {

struct StagedFolder {
  std::vector<ManifestEntry> entries;
  std::vector<StagedFile> files;  // each content once
  std::int64_t content_bytes = 0;
};

Result<StagedFolder> stage_folder(ArtifactStaging& staging, const std::string& path);

}  // namespace wattle::store
