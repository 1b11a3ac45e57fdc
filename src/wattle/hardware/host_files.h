// Reads the kernel's small text files (/proc, /sys, /etc) below a root, so that a recorded tree can
// stand in for a host.
//
// Units:    none. Paths are absolute, as on the host ("/proc/cpuinfo"); the root is put before
// them. Errors:   what is not there or cannot be read is nullopt or empty; read() says why.
// Threads:  as its FileSystem. Lifetime: borrows the FileSystem.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::hardware {

class HostFiles {
 public:
  /// `root` is "/" for this host; WATTLE_SENSOR_ROOT names another.
  HostFiles(FileSystem& files, std::string root) : files_(files), root_(std::move(root)) {}

  std::string path(std::string_view absolute) const;
  Result<std::string> read(std::string_view absolute) const;
  /// The file's text without surrounding space and without the NUL that device-tree strings end in.
  std::optional<std::string> text(std::string_view absolute) const;
  /// As text(), and "" where there is none.
  std::string text_or_empty(std::string_view absolute) const;
  /// The lines of text(); none where there is none.
  std::vector<std::string> lines(std::string_view absolute) const;
  std::optional<std::int64_t> integer(std::string_view absolute) const;
  std::vector<std::string> names(std::string_view folder) const;
  bool exists(std::string_view absolute) const;
  /// Where a chain of symbolic links ends, absolute targets taken below the root; at most 16 links.
  /// "" when nothing is there.
  std::string resolve(std::string_view absolute) const;

 private:
  FileSystem& files_;
  std::string root_;
};

/// "0-2,8" is {0, 1, 2, 8}, the form of cpuset files. Unreadable parts are left out; at most 65,536
/// numbers.
std::vector<int> parse_cpu_list(std::string_view text);

}  // namespace wattle::hardware
