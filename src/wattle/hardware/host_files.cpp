#include "wattle/hardware/host_files.h"

#include <algorithm>
#include <filesystem>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

constexpr int kLinkLimit = 16;
constexpr std::int64_t kCpuLimit = 65'536;

}  // namespace

std::string HostFiles::path(std::string_view absolute) const {
  while (absolute.starts_with('/')) {
    absolute.remove_prefix(1);
  }
  return path_join(root_, absolute);
}

Result<std::string> HostFiles::read(std::string_view absolute) const {
  return files_.read(path(absolute));
}

std::optional<std::string> HostFiles::text(std::string_view absolute) const {
  const auto bytes = read(absolute);
  if (!bytes) {
    return std::nullopt;
  }
  std::string_view trimmed = trim(*bytes);
  while (trimmed.ends_with('\0')) {
    trimmed.remove_suffix(1);
  }
  return std::string(trim(trimmed));
}

std::string HostFiles::text_or_empty(std::string_view absolute) const {
  return text(absolute).value_or("");
}

std::vector<std::string> HostFiles::lines(std::string_view absolute) const {
  const auto whole = text(absolute);
  if (!whole) {
    return {};
  }
  const auto views = split(*whole, '\n');
  return {views.begin(), views.end()};
}

std::optional<std::int64_t> HostFiles::integer(std::string_view absolute) const {
  const auto value = text(absolute);
  if (!value) {
    return std::nullopt;
  }
  const auto number = parse_integer(*value);
  return number ? std::optional(*number) : std::nullopt;
}

std::vector<std::string> HostFiles::names(std::string_view folder) const {
  return files_.list(path(folder)).value_or({});
}

bool HostFiles::exists(std::string_view absolute) const {
  return files_.exists(path(absolute));
}

std::string HostFiles::resolve(std::string_view absolute) const {
  // Links are read past the FileSystem, which has no word for them: nothing else here needs one.
  std::filesystem::path current(absolute);
  for (int link = 0; link < kLinkLimit; ++link) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(path(current.string()), error);
    if (error) {
      return exists(current.string()) ? current.lexically_normal().string() : "";
    }
    current = target.is_absolute() ? target : current.parent_path() / target;
  }
  return "";
}

std::vector<int> parse_cpu_list(std::string_view text) {
  std::vector<int> cpus;
  for (const auto part : split(trim(text), ',')) {
    const auto dash = part.find('-');
    const auto first = parse_integer(trim(part.substr(0, dash)));
    const auto last =
        dash == std::string_view::npos ? first : parse_integer(trim(part.substr(dash + 1)));
    if (!first || !last || *first < 0 || *last >= kCpuLimit) {
      continue;
    }
    for (std::int64_t cpu = *first; cpu <= *last; ++cpu) {
      cpus.push_back(static_cast<int>(cpu));
    }
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

}  // namespace wattle::hardware
