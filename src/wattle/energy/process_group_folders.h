// Control groups as folders: where they are mounted on this host, and one group of ours in one
// hierarchy.
//
// Units:    those of the kernel's files: microseconds, nanoseconds (cpuacct.usage), bytes.
// Errors:   kPermissionDenied, kIo: the kernel lets us make no group there. A file that is absent
//           reads as nullopt.
// Threads:  one thread per object.
// Lifetime: a ControlGroup removes its folder, and the groups that its processes made below it,
//           when it ends. While it lives it holds a flock on the folder; a folder of ours without
//           one was left by a supervisor that died, and the next supervisor removes it. Folders
//           of others are never touched.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "wattle/base/result.h"

namespace wattle::energy {

/// Every folder that we make begins with it, and no other folder may: what begins with it and is
/// locked by nobody is removed.
inline constexpr std::string_view kGroupPrefix = "wattle-run-";

/// Is this the path of a folder that only we make?
bool is_our_group(std::string_view path);

/// One mounted hierarchy of control groups, seen from this process.
struct Hierarchy {
  bool unified = false;                  // version 2
  std::vector<std::string> controllers;  // version 1: what the mount is for
  std::string mount;
  std::string own;  // folder of the group that this process is in
};

/// `mountinfo` and `membership` are the contents of /proc/self/mountinfo and /proc/self/cgroup.
std::vector<Hierarchy> parse_hierarchies(std::string_view mountinfo, std::string_view membership);
std::vector<Hierarchy> find_hierarchies();

class ControlGroup {
 public:
  /// Makes `parent`/`name` and locks it; first removes what dead supervisors left in `parent`.
  static Result<std::unique_ptr<ControlGroup>> create(const std::string& parent,
                                                      const std::string& name);
  ~ControlGroup();
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

  /// Proves with a short-lived process that processes may enter.
  Status try_entering() const;
  Status write(std::string_view name, std::string_view text) const;
  /// A file that holds one number.
  std::optional<std::int64_t> number(std::string_view name) const;
  /// The value behind a key of a file of lines "key value".
  std::optional<std::int64_t> value(std::string_view name, std::string_view key) const;

 private:
  ControlGroup(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

/// The living processes of a group and of the groups below it, parents mostly before children.
std::vector<pid_t> processes_in(const std::string& folder);
/// Removes the group and the empty groups below it; retries shortly, because the kernel lets go of
/// a dying process a moment after it has been reaped. False when processes are left in it.
bool remove_group(const std::string& folder);

}  // namespace wattle::energy
