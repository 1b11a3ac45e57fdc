#include "wattle/store/artifact_staging.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::store {
namespace {

constexpr std::size_t kCopyBlock = std::size_t{256} * 1024;
constexpr unsigned kImmutable = 0400;
constexpr unsigned kOriginalModeBits = 0777;

using OnBlock = std::function<Status(std::string_view)>;

/// Hands the file to `on_block` from its beginning; by position, so that the offset stays.
Status for_each_block(int file, const std::string& path, const OnBlock& on_block) {
  std::vector<char> block(kCopyBlock);
  off_t offset = 0;
  for (;;) {
    const ssize_t count = ::pread(file, block.data(), block.size(), offset);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return error_from_errno(errno, "reading " + path);
    }
    if (count == 0) {
      return {};
    }
    WATTLE_RETURN_IF_ERROR(on_block({block.data(), static_cast<std::size_t>(count)}));
    offset += count;
  }
}

bool is_changed(const struct stat& before, const struct stat& after) {
  return before.st_size != after.st_size || before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
         before.st_mtim.tv_nsec != after.st_mtim.tv_nsec;
}

Result<struct stat> facts_of_open(int file, const std::string& path) {
  struct stat facts{};
  if (::fstat(file, &facts) != 0) {
    return error_from_errno(errno, "reading " + path);
  }
  return facts;
}

}  // namespace

Result<std::string> hash_descriptor(int file, const std::string& path) {
  Sha256 digest;
  WATTLE_RETURN_IF_ERROR(for_each_block(file, path, [&digest](std::string_view bytes) {
    digest.update(bytes);
    return Status();
  }));
  return digest.finish();
}

Result<std::string> copy_and_hash(ArtifactDisk& disk, const OpenCopy& copy) {
  WATTLE_ASSIGN_OR_RETURN(const bool is_clone, disk.clone(copy.source, copy.target));
  if (is_clone) {
    return hash_descriptor(copy.target, copy.path);
  }
  Sha256 digest;
  WATTLE_RETURN_IF_ERROR(for_each_block(copy.source, copy.path, [&](std::string_view bytes) {
    digest.update(bytes);
    return disk.write(copy.target, bytes, copy.path);
  }));
  return digest.finish();
}

Result<std::unique_ptr<ArtifactStaging>> ArtifactStaging::begin(ArtifactDisk& disk,
                                                                const ArtifactLayout& layout,
                                                                const std::string& id) {
  const std::string folder = layout.staging() + "/" + id;
  WATTLE_RETURN_IF_ERROR(disk.make_folder(folder));
  auto lock = RealFileSystem().try_lock(folder + "/lock");
  if (!lock) {
    (void)disk.remove_folder(folder).ok();
    return lock.error();
  }
  return std::unique_ptr<ArtifactStaging>(
      new ArtifactStaging(disk, folder, std::move(lock).value()));
}

ArtifactStaging::~ArtifactStaging() {
  // What cannot be removed now is swept once its lock is free.
  (void)disk_.remove_folder(folder_).ok();
}

Result<StagedFile> ArtifactStaging::copy(const std::string& source, FollowLinks follow) {
  // Not blocking: to open a pipe would wait for its writer.
  const int no_follow = follow == FollowLinks::kNo ? O_NOFOLLOW : 0;
  const Descriptor file(::open(source.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | no_follow));
  if (!file.is_open()) {
    return error_from_errno(errno, "opening " + source);
  }
  WATTLE_ASSIGN_OR_RETURN(const auto before, facts_of_open(file.get(), source));
  if (!S_ISREG(before.st_mode)) {
    return Error(ErrorCode::kInvalidArgument, source + " is not a regular file");
  }
  StagedFile staged{.path = next_path(), .mode = before.st_mode & kOriginalModeBits};
  WATTLE_ASSIGN_OR_RETURN(const Descriptor target, disk_.create(staged.path));
  WATTLE_ASSIGN_OR_RETURN(
      staged.digest,
      copy_and_hash(disk_, {.source = file.get(), .target = target.get(), .path = source}));
  WATTLE_RETURN_IF_ERROR(disk_.seal(target.get(), kImmutable, staged.path));
  WATTLE_ASSIGN_OR_RETURN(const auto copied, facts_of_open(target.get(), staged.path));
  staged.bytes = copied.st_size;
  WATTLE_ASSIGN_OR_RETURN(const auto after, facts_of_open(file.get(), source));
  if (is_changed(before, after) || staged.bytes != after.st_size) {
    return Error(ErrorCode::kFailedPrecondition,
                 source + " changed while it was stored; store it again when it is complete");
  }
  return staged;
}

Result<StagedFile> ArtifactStaging::write(std::string_view bytes) {
  StagedFile staged{.path = next_path(),
                    .digest = sha256_hex(bytes),
                    .bytes = static_cast<std::int64_t>(bytes.size())};
  WATTLE_ASSIGN_OR_RETURN(const Descriptor target, disk_.create(staged.path));
  WATTLE_RETURN_IF_ERROR(disk_.write(target.get(), bytes, staged.path));
  WATTLE_RETURN_IF_ERROR(disk_.seal(target.get(), kImmutable, staged.path));
  return staged;
}

}  // namespace wattle::store
