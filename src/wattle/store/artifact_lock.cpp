#include "wattle/store/artifact_lock.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

#include "wattle/base/descriptor.h"

namespace wattle::store {
namespace {

constexpr mode_t kLockFileMode = 0600;

Result<FileLock> wait_for(const std::string& path, int operation) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kLockFileMode));
  if (!file.is_open()) {
    return error_from_errno(errno, "opening " + path);
  }
  while (::flock(file.get(), operation) != 0) {
    if (errno != EINTR) {
      return error_from_errno(errno, "locking " + path);
    }
  }
  return FileLock(file.release());
}

/// A kernel lets new shared holders pass one that waits to be alone; whoever waits here holds the
/// turn, and so is passed by nobody.
Result<FileLock> wait_in_turn(const ArtifactLayout& layout, int operation) {
  WATTLE_ASSIGN_OR_RETURN(const FileLock turn, wait_for(layout.turn_file(), LOCK_EX));
  return wait_for(layout.lock_file(), operation);
}

}  // namespace

Result<FileLock> lock_for_publishing(const ArtifactLayout& layout) {
  return wait_in_turn(layout, LOCK_SH);
}

Result<FileLock> lock_for_sweeping(const ArtifactLayout& layout) {
  return wait_in_turn(layout, LOCK_EX);
}

}  // namespace wattle::store
