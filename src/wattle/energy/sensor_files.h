// Small reads of kernel files (sysfs, procfs) below a root prefix, so that a generated tree or a
// host mounted into a container can stand in for "/".
//
// Units:    as in the file. Threads: as its FileSystem. Lifetime: borrows its FileSystem.
// Errors:   as FileSystem; kParse when a file does not hold the number that it should.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::energy {

class SensorFiles {
 public:
  /// `root` is "/" for this host. Paths given to the other functions begin with "/sys" or "/proc".
  SensorFiles(FileSystem& files, std::string root);

  std::string full_path(std::string_view path) const { return root_ + std::string(path); }
  bool exists(std::string_view path) const { return files_.exists(full_path(path)); }
  Result<std::string> read(std::string_view path) const;
  /// The first line without blanks at its ends; "" when the file cannot be read.
  std::string read_line(std::string_view path) const;
  /// A counter or a power: a whole number, not negative.
  Result<std::int64_t> read_integer(std::string_view path) const;
  /// Names in a folder, sorted; none when it is not there.
  std::vector<std::string> list(std::string_view path) const;

 private:
  FileSystem& files_;
  std::string root_;
};

}  // namespace wattle::energy
