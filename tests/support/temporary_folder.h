// A folder that lives as long as its object. For tests.
//
// Units:    none. Threads: any. Errors: none; a folder that cannot be made ends the test program.
// Lifetime: removed with everything in it by the destructor.
#pragma once

#include <string>
#include <string_view>

namespace wattle::support {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  /// The path of a name inside, which may hold slashes.
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  /// Writes a file, with the folders above it, and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

}  // namespace wattle::support
