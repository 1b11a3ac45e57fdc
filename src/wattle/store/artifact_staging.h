// Files on their way to become artifacts: copied, hashed while they are copied, and synced. What is
// staged can no longer be changed by whoever owns the original.
//
// Units:    bytes.
// Errors:   kInvalidArgument: not a regular file. kFailedPrecondition: the file changed while it
//           was read. kIo: the disk is full. What was staged is removed with the object.
// Threads:  one. Lifetime: a folder below staging/, locked as long as the object lives, so that a
//           sweep tells a slow upload from a dead one; borrows the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/store/artifact_disk.h"
#include "wattle/store/artifact_layout.h"

namespace wattle::store {

struct StagedFile {
  std::string path;  // below the staging folder
  std::string digest;
  std::int64_t bytes = 0;
  unsigned mode = 0;  // permission bits of the original
};

/// Whether the path itself may be a link.
enum class FollowLinks { kNo, kYes };

class ArtifactStaging {
 public:
  /// `id` names the folder; nobody else uses it.
  static Result<std::unique_ptr<ArtifactStaging>> begin(ArtifactDisk& disk,
                                                        const ArtifactLayout& layout,
                                                        const std::string& id);
  ~ArtifactStaging();
  ArtifactStaging(const ArtifactStaging&) = delete;
  ArtifactStaging& operator=(const ArtifactStaging&) = delete;

  /// A copy of the file as it is now; shares its blocks where the file system can.
  Result<StagedFile> copy(const std::string& source, FollowLinks follow);
  Result<StagedFile> write(std::string_view bytes);

 private:
  ArtifactStaging(ArtifactDisk& disk, std::string folder, FileLock lock)
      : disk_(disk), folder_(std::move(folder)), lock_(std::move(lock)) {}
  std::string next_path() { return folder_ + "/" + std::to_string(++count_); }

  ArtifactDisk& disk_;
  std::string folder_;
  FileLock lock_;
  std::int64_t count_ = 0;
};

struct OpenCopy {
  int source = -1;
  int target = -1;
  std::string path;  // of what is read, for messages
};

/// Copies an open file into an empty one, sharing its blocks where the file system can; the digest
/// is that of the copy.
Result<std::string> copy_and_hash(ArtifactDisk& disk, const OpenCopy& copy);
/// Digest of an open file from its beginning to its end, in blocks.
Result<std::string> hash_descriptor(int file, const std::string& path);

}  // namespace wattle::store
