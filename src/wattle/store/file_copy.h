// Copies of files that say what was copied, for backups.
//
// Units:    bytes.
// Errors:   the kernel's, with the path. kNotFound: the file has gone.
// Threads:  any. Lifetime: none.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::store {

/// Copies the bytes as they are read and returns their SHA-256. A file that grows meanwhile is cut
/// somewhere, as record segments and logs allow. The copy has the same mode and must not be
/// there.
Result<std::string> copy_file(const std::string& from, const std::string& to);
/// A second name for the same file, for what never changes; a copy where that cannot be. Returns
/// the SHA-256.
Result<std::string> link_or_copy(const std::string& from, const std::string& to);

/// The plain files below a folder, by paths relative to it, sorted. Links, sockets and the folders
/// that `is_wanted` refuses are left out. No folder is no files.
Result<std::vector<std::string>> files_below(
    const std::string& folder, const std::function<bool(std::string_view)>& is_wanted);

/// Everything written to the file system of the path so far is on its disk.
Status sync_file_system(const std::string& path);

}  // namespace wattle::store
