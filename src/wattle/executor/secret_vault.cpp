#include "wattle/executor/secret_vault.h"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "wattle/base/bytes.h"
#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kMagic = "wattle secrets 1\n";
constexpr std::string_view kSecretsFile = "secrets";
// statfs(2)
constexpr long kTmpfs = 0x01021994;
constexpr unsigned long kRamfs = 0x858458f6UL;
constexpr mode_t kOthers = 077;
constexpr mode_t kPrivateFolder = 0700;

bool is_memory_file_system(int descriptor) {
  struct statfs info{};
  return ::fstatfs(descriptor, &info) == 0 &&
         (info.f_type == kTmpfs || static_cast<unsigned long>(info.f_type) == kRamfs);
}

Error not_private(const std::string& path, std::string_view why) {
  return {ErrorCode::kPermissionDenied,
          concat(path, " ", why, ": secrets are not put there; remove it")};
}

/// One place where a vault may be. kUnsupported: not in memory, or not there.
Result<std::string> open_root(const std::string& base, const std::string& name,
                              const SecretVault::Options& options) {
  const Descriptor parent(::open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.is_open()) {
    return Error(ErrorCode::kUnsupported, concat(base, " is not there"));
  }
  const auto is_in_memory =
      options.is_in_memory != nullptr ? options.is_in_memory : is_memory_file_system;
  if (!is_in_memory(parent.get())) {
    return Error(ErrorCode::kUnsupported, concat(base, " is on a disk"));
  }
  const std::string path = path_join(base, name);
  if (::mkdirat(parent.get(), name.c_str(), kPrivateFolder) != 0 && errno != EEXIST) {
    return Error(ErrorCode::kUnsupported, concat(base, " cannot be written"));
  }
  const Descriptor folder(
      ::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info{};
  if (!folder.is_open() || ::fstat(folder.get(), &info) != 0) {
    return not_private(path, "is no folder that we can read");
  }
  if (info.st_uid != ::geteuid()) {
    return not_private(path, "belongs to another user");
  }
  if ((info.st_mode & kOthers) != 0) {
    return not_private(path, "is open to other users");
  }
  if (!is_in_memory(folder.get())) {
    return not_private(path, "is on a disk");
  }
  return path;
}

std::string encode(const SecretValues& values) {
  ByteWriter writer;
  writer.varint(values.size());
  for (const auto& [name, value] : values) {
    writer.text(name);
    writer.text(value);
  }
  return concat(kMagic, writer.bytes());
}

Result<SecretValues> decode(const std::string& path, std::string_view bytes) {
  SecretValues values;
  ByteReader reader(bytes.substr(std::min(kMagic.size(), bytes.size())));
  const auto count = reader.varint();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const std::string name(reader.text());
    values.insert_or_assign(name, std::string(reader.text()));
  }
  if (!bytes.starts_with(kMagic) || !reader.ok() || !reader.at_end()) {
    return Error(ErrorCode::kParse, path + ": damaged: submit the job again");
  }
  return values;
}

std::string run_folder(const std::string& root, std::string_view run) {
  WATTLE_CHECK(!run.empty() && run.front() != '.' && run.find('/') == std::string_view::npos, run);
  return path_join(root, run);
}

std::string secrets_file(const std::string& root, std::string_view run) {
  return path_join(run_folder(root, run), kSecretsFile);
}

}  // namespace

Result<SecretVault> SecretVault::open(FileSystem& files, const Options& options) {
  const std::string user = std::to_string(::geteuid());
  const std::string runtime =
      options.runtime_folder.empty() ? "/run/user/" + user : options.runtime_folder;
  std::vector<std::string> roots;
  std::string reasons;
  for (const auto& [base, name] : {std::pair<std::string, std::string>{runtime, "wattle"},
                                   {options.shared_memory, "wattle-" + user}}) {
    auto root = open_root(base, name, options);
    if (root.ok()) {
      roots.push_back(std::move(*root));
    } else if (root.error().code() != ErrorCode::kUnsupported) {
      return root.error();
    } else {
      reasons += (reasons.empty() ? "" : ", ") + root.error().message();
    }
  }
  if (roots.empty()) {
    return Error(ErrorCode::kUnsupported,
                 concat("there is no file system in memory to keep secrets in (", reasons,
                        "); set XDG_RUNTIME_DIR to a folder of a tmpfs, or use NAME=file:PATH"));
  }
  return SecretVault(files, std::move(roots));
}

std::string SecretVault::folder(std::string_view run) const {
  return run_folder(roots_.front(), run);
}

Status SecretVault::make_folder(std::string_view run) const {
  return files_->make_directories(folder(run));
}

Status SecretVault::put(std::string_view run, const SecretValues& values) const {
  WATTLE_RETURN_IF_ERROR(make_folder(run).with_context("keeping secrets"));
  return files_->write_atomic(secrets_file(roots_.front(), run), encode(values))
      .with_context("keeping secrets");
}

Result<SecretValues> SecretVault::get(std::string_view run) const {
  for (const auto& root : roots_) {
    const std::string path = secrets_file(root, run);
    if (files_->exists(path)) {
      WATTLE_ASSIGN_OR_RETURN(const auto bytes, files_->read(path, limits::kSmallFileBytes));
      return decode(path, bytes);
    }
  }
  return Error(ErrorCode::kNotFound, concat("no secrets of run ", run, " are kept in memory"));
}

Status SecretVault::remove(std::string_view run) const {
  for (const auto& root : roots_) {
    WATTLE_RETURN_IF_ERROR(files_->remove_all(run_folder(root, run)));
  }
  return {};
}

Result<std::vector<std::string>> SecretVault::runs() const {
  std::vector<std::string> runs;
  for (const auto& root : roots_) {
    WATTLE_ASSIGN_OR_RETURN(const auto names, files_->list(root));
    runs.insert(runs.end(), names.begin(), names.end());
  }
  std::ranges::sort(runs);
  const auto repeated = std::ranges::unique(runs);
  runs.erase(repeated.begin(), repeated.end());
  return runs;
}

}  // namespace wattle::executor
