// What the artifact store asks of the disk, one change at a time: so that a test can make each
// change fail, or be the last one before a kill.
//
// Units:    bytes. Paths: as given to the kernel.
// Errors:   the kernel's, worded by error_from_errno, with the path: a full disk is kIo.
// Threads:  any. Lifetime: owns nothing; a Descriptor closes itself.
#pragma once

#include <string>
#include <string_view>

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"

namespace wattle::store {

class ArtifactDisk {
 public:
  virtual ~ArtifactDisk() = default;

  /// Like `mkdir -p`, for the owner only; every folder that was made is synced into its parent.
  virtual Status make_folder(const std::string& path);
  /// A new file for reading and writing, for the owner only. kAlreadyExists when there is one.
  virtual Result<Descriptor> create(const std::string& path);
  /// Shares the blocks of `from` with `to` (FICLONE). false where the file system cannot.
  virtual Result<bool> clone(int from, int to);
  /// Writes all of it.
  virtual Status write(int file, std::string_view bytes, const std::string& path);
  /// Sets the mode and has content and mode on the disk before it returns.
  virtual Status seal(int file, unsigned mode, const std::string& path);
  virtual Status make_link(const std::string& target, const std::string& path);
  /// Replaces what is at `to`.
  virtual Status move(const std::string& from, const std::string& to);
  /// What was moved into the folder is there after a crash of the host.
  virtual Status sync_folder(const std::string& path);
  /// One file; none there is no error.
  virtual Status remove_file(const std::string& path);
  /// A folder with everything in it; none there is no error.
  virtual Status remove_folder(const std::string& path);
};

}  // namespace wattle::store
