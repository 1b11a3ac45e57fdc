// Keeps apart those who publish artifacts and the one who sweeps them, in threads and in processes.
//
// Publishing is a file moved into its place and then a row; sweeping is a row marked, a file
// removed and the row removed. Each is several steps, and a kill may end it after any of them.
// While the lock is held exclusively, nobody stands between two steps of publishing: a file without
// a row is an orphan, and a row that is marked is a dead sweep's.
//
// Units:    none.
// Errors:   as the kernel's, with the path of the lock.
// Threads:  any; each call opens the files anew, so threads exclude each other as processes do.
// Lifetime: the lock ends with the object, or with the process.
#pragma once

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/store/artifact_layout.h"

namespace wattle::store {

/// Waits for a sweep to end its batch. Nobody holds a transaction of the database meanwhile: the
/// sweep may be waiting for that.
Result<FileLock> lock_for_publishing(const ArtifactLayout& layout);
/// Waits for those who publish; those who come later wait for us.
Result<FileLock> lock_for_sweeping(const ArtifactLayout& layout);

}  // namespace wattle::store
