// A folder as an artifact: its manifest is canonical JSON, and the digest of that text names it.
//
// Units:    bytes.
// Errors:   kInvalidArgument: a name that is not UTF-8, or a path that leads out of the folder.
//           kParse: a text that is no manifest, with the key.
// Threads:  pure functions, value types. Lifetime: value types.
// See:      docs/reference/artifacts.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::store {

struct ManifestEntry {
  enum class Kind { kFile, kFolder, kLink };

  std::string path;  // relative to the folder, parts parted by '/'
  Kind kind = Kind::kFile;
  unsigned mode = 0;       // permission bits; 0 for links
  std::string digest;      // files only
  std::int64_t bytes = 0;  // files only
  std::string target;      // links only

  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

/// The same entries, in whichever order, give the same text.
Result<std::string> encode_manifest(std::vector<ManifestEntry> entries);
Result<std::vector<ManifestEntry>> parse_manifest(std::string_view text);

/// True when the link leads to somewhere in the artifact, whatever else is a link there: relative,
/// with ".." only at its beginning, and no more of them than folders above the link.
bool link_stays_inside(std::string_view link_path, std::string_view target);

}  // namespace wattle::store
