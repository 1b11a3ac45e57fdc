#include "temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace wattle::support {

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "wattle-test-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) {
    std::abort();
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(std::string_view name, std::string_view content) const {
  const std::filesystem::path path = *this / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}

}  // namespace wattle::support
