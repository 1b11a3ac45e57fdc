#include "requirement.h"

#include <cstdlib>
#include <filesystem>

namespace wattle::support {

bool is_required(std::string_view part) {
  const char* value = std::getenv("WATTLE_REQUIRE");  // NOLINT(concurrency-mt-unsafe)
  std::string_view rest = value == nullptr ? "" : value;
  while (!rest.empty()) {
    const auto end = rest.find(',');
    if (rest.substr(0, end) == part) {
      return true;
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return false;
}

std::optional<std::string> data_folder() {
  const char* given = std::getenv("WATTLE_DATA");  // NOLINT(concurrency-mt-unsafe)
  const std::string folder = given != nullptr ? given : WATTLE_SOURCE_FOLDER "/../shared/data";
  return std::filesystem::is_directory(folder) ? std::optional(folder) : std::nullopt;
}

}  // namespace wattle::support
