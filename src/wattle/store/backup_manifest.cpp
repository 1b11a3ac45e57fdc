#include "wattle/store/backup_manifest.h"

#include <algorithm>

#include "wattle/base/text.h"

namespace wattle::store {
namespace {

constexpr std::string_view kFirstLine = "# wattle backup 1";
constexpr std::size_t kDigestLength = 64;

/// As sha256sum has it: such a line begins with a backslash.
std::string escape(std::string_view path) {
  std::string escaped;
  for (const char c : path) {
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\\') {
      escaped += "\\\\";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string unescape(std::string_view path) {
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\' && i + 1 < path.size()) {
      ++i;
      plain += path[i] == 'n' ? '\n' : path[i];
    } else {
      plain += path[i];
    }
  }
  return plain;
}

bool stays_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != path.npos) {
    return false;
  }
  const auto parts = split(path, '/');
  return std::ranges::none_of(
      parts, [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

bool is_digest(std::string_view text) {
  return text.size() == kDigestLength && text.find_first_not_of("0123456789abcdef") == text.npos;
}

Error damaged(std::size_t line) {
  return {ErrorCode::kParse,
          concat("line ", line, " of the backup's ", kManifestName, " is damaged")};
}

/// "# key value" into its place.
void take_heading(BackupManifest& manifest, std::string_view line) {
  for (auto& [key, field] :
       {std::pair<std::string_view, std::string*>{"# database ", &manifest.database},
        {"# program ", &manifest.program},
        {"# created ", &manifest.created}}) {
    if (line.starts_with(key)) {
      *field = line.substr(key.size());
    }
  }
}

bool take_file(BackupManifest& manifest, std::string_view line) {
  const bool escaped = line.starts_with('\\');
  line.remove_prefix(escaped ? 1 : 0);
  const auto digest = line.substr(0, kDigestLength);
  if (!is_digest(digest) || line.substr(kDigestLength, 2) != "  ") {
    return false;
  }
  const std::string_view written = line.substr(kDigestLength + 2);
  const std::string path = escaped ? unescape(written) : std::string(written);
  return stays_inside(path) && manifest.digests.emplace(path, digest).second;
}

}  // namespace

std::string write_manifest(const BackupManifest& manifest) {
  std::string text = concat(kFirstLine, "\n# database ", manifest.database, "\n# program ",
                            manifest.program, "\n# created ", manifest.created, "\n");
  for (const auto& [path, digest] : manifest.digests) {
    const std::string escaped = escape(path);
    text += concat(escaped == path ? "" : "\\", digest, "  ", escaped, "\n");
  }
  return text + concat("# files ", manifest.digests.size(), "\n");
}

Result<BackupManifest> read_manifest(std::string_view text) {
  BackupManifest manifest;
  std::string last;
  std::size_t number = 0;
  for (const auto& part : split(text, '\n')) {
    const std::string_view line(part);
    ++number;
    if (number == 1 && line != kFirstLine) {
      return Error(ErrorCode::kParse,
                   concat(kManifestName, " is of no backup that this wattle reads"));
    }
    if (line.starts_with('#')) {
      take_heading(manifest, line);
      last = line;
    } else if (!line.empty() && !take_file(manifest, line)) {
      return damaged(number);
    }
  }
  if (last != concat("# files ", manifest.digests.size())) {
    return damaged(number);  // it was cut
  }
  return manifest;
}

}  // namespace wattle::store
