#include "wattle/energy/sensor_files.h"

#include "wattle/base/text.h"

namespace wattle::energy {

SensorFiles::SensorFiles(FileSystem& files, std::string root)
    : files_(files), root_(std::move(root)) {
  while (!root_.empty() && root_.back() == '/') {
    root_.pop_back();
  }
}

Result<std::string> SensorFiles::read(std::string_view path) const {
  return files_.read(full_path(path));
}

std::string SensorFiles::read_line(std::string_view path) const {
  const auto text = read(path);
  if (!text) {
    return {};
  }
  const std::string_view whole = *text;
  return std::string(trim(whole.substr(0, whole.find('\n'))));
}

Result<std::int64_t> SensorFiles::read_integer(std::string_view path) const {
  WATTLE_ASSIGN_OR_RETURN(const auto text, read(path));
  auto number = parse_integer(trim(text));
  if (!number || *number < 0) {
    return Error(ErrorCode::kParse, full_path(path) + " holds no counter");
  }
  return number;
}

std::vector<std::string> SensorFiles::list(std::string_view path) const {
  return files_.list(full_path(path)).value_or({});
}

}  // namespace wattle::energy
