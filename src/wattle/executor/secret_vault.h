// Values of secrets between a job's submission and its attempts: in memory only, for their owner
// only, gone with the run or with the boot.
//
// A vault is a folder in a file system that lives in memory: $XDG_RUNTIME_DIR/wattle, else
// /dev/shm/wattle-UID. Any process of the same user opens it and finds what another one put there.
//
// Units:    bytes.
// Errors:   kUnsupported: there is no such file system; the message says where one was looked for.
//           kPermissionDenied: the folder is another user's, or open to others. kNotFound: the
//           values of the run are gone, as after a boot.
// Threads:  as files: any process may read while another one writes. Lifetime: borrows
//           its FileSystem.
// See:      docs/adr/2026-11-25-secrets-in-memory.md, secrets.h
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::executor {

using SecretValues = std::map<std::string, std::string>;

class SecretVault {
 public:
  struct Options {
    std::string runtime_folder;  // $XDG_RUNTIME_DIR; "": not set
    std::string shared_memory = "/dev/shm";
    bool (*is_in_memory)(int descriptor) = nullptr;  // for tests; nullptr: asks the kernel
  };

  /// Makes the folder if it is not there. What another process put into the other place, because it
  /// had another environment, is found too.
  static Result<SecretVault> open(FileSystem& files, const Options& options);

  /// Folder of a run: its secrets, and what else must not be on a disk.
  std::string folder(std::string_view run) const;
  /// Made by put(), too; for the owner only (0700).
  Status make_folder(std::string_view run) const;

  /// Replaces what is kept for the run.
  Status put(std::string_view run, const SecretValues& values) const;
  Result<SecretValues> get(std::string_view run) const;
  /// Removes everything of the run; nothing there is no error.
  Status remove(std::string_view run) const;
  /// Runs of which something is kept: for removing those that have ended.
  Result<std::vector<std::string>> runs() const;

 private:
  SecretVault(FileSystem& files, std::vector<std::string> roots)
      : files_(&files), roots_(std::move(roots)) {}

  FileSystem* files_;               // never null
  std::vector<std::string> roots_;  // at least one; the first one is written
};

}  // namespace wattle::executor
