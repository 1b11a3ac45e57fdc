#include "wattle/store/artifact_manifest.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/store/artifact_layout.h"

namespace wattle::store {
namespace {

using Json = nlohmann::json;
using Kind = ManifestEntry::Kind;

constexpr std::string_view kFormat = "wattle-folder-1";
constexpr unsigned kModeBits = 0777;

Error not_a_manifest(std::string_view why) {
  return {ErrorCode::kParse, concat("not the manifest of a folder: ", why)};
}

/// Relative, normal, and inside: no empty part, no ".", no "..".
bool is_inner_path(std::string_view path) {
  const auto parts = split(path, '/');
  return path.find('\0') == std::string_view::npos &&
         std::ranges::none_of(parts, [](std::string_view part) {
           return part.empty() || part == "." || part == "..";
         });
}

Json entry_json(const ManifestEntry& entry) {
  switch (entry.kind) {
    case Kind::kFile:
      return {{"path", entry.path},
              {"kind", "file"},
              {"mode", entry.mode & kModeBits},
              {"sha256", entry.digest},
              {"bytes", entry.bytes}};
    case Kind::kFolder:
      return {{"path", entry.path}, {"kind", "folder"}, {"mode", entry.mode & kModeBits}};
    case Kind::kLink:
      break;
  }
  return {{"path", entry.path}, {"kind", "link"}, {"target", entry.target}};
}

Result<std::string> text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) {
    return not_a_manifest(concat("an entry has no text '", key, "'"));
  }
  return found->get<std::string>();
}

Result<std::int64_t> number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer() || found->get<std::int64_t>() < 0) {
    return not_a_manifest(concat("an entry has no number '", key, "'"));
  }
  return found->get<std::int64_t>();
}

Status read_file_keys(const Json& object, ManifestEntry& entry) {
  WATTLE_ASSIGN_OR_RETURN(entry.digest, text_of(object, "sha256"));
  WATTLE_ASSIGN_OR_RETURN(entry.bytes, number_of(object, "bytes"));
  return is_artifact_digest(entry.digest)
             ? Status()
             : Status(not_a_manifest(concat("'", entry.digest, "' is no digest")));
}

Result<ManifestEntry> read_entry(const Json& object) {
  if (!object.is_object()) {
    return not_a_manifest("an entry is no object");
  }
  ManifestEntry entry;
  WATTLE_ASSIGN_OR_RETURN(entry.path, text_of(object, "path"));
  WATTLE_ASSIGN_OR_RETURN(const std::string kind, text_of(object, "kind"));
  if (!is_inner_path(entry.path)) {
    return not_a_manifest(concat("the path '", entry.path, "' leads out of the folder"));
  }
  if (kind == "link") {
    entry.kind = Kind::kLink;
    WATTLE_ASSIGN_OR_RETURN(entry.target, text_of(object, "target"));
    return link_stays_inside(entry.path, entry.target)
               ? Result<ManifestEntry>(std::move(entry))
               : not_a_manifest(concat("the link '", entry.path, "' leads out of the folder"));
  }
  if (kind != "file" && kind != "folder") {
    return not_a_manifest(concat("an entry is of the unknown kind '", kind, "'"));
  }
  entry.kind = kind == "file" ? Kind::kFile : Kind::kFolder;
  WATTLE_ASSIGN_OR_RETURN(const std::int64_t mode, number_of(object, "mode"));
  entry.mode = static_cast<unsigned>(mode) & kModeBits;
  if (entry.kind == Kind::kFile) {
    WATTLE_RETURN_IF_ERROR(read_file_keys(object, entry));
  }
  return entry;
}

/// No path twice, and nothing below a file or a link: a link that was written first would let what
/// comes after it be written elsewhere.
Status check_tree(const std::vector<ManifestEntry>& entries) {
  std::set<std::string_view> leaves;
  std::set<std::string_view> folders;
  for (const auto& entry : entries) {
    auto& seen = entry.kind == Kind::kFolder ? folders : leaves;
    if (leaves.contains(entry.path) || !seen.insert(entry.path).second) {
      return not_a_manifest(concat("the path '", entry.path, "' is there twice"));
    }
  }
  for (const auto& entry : entries) {
    const std::string_view path = entry.path;
    for (auto cut = path.rfind('/'); cut != std::string_view::npos;
         cut = cut == 0 ? std::string_view::npos : path.rfind('/', cut - 1)) {
      if (leaves.contains(path.substr(0, cut))) {
        return not_a_manifest(concat("'", entry.path, "' lies below what is no folder"));
      }
    }
  }
  return {};
}

}  // namespace

bool link_stays_inside(std::string_view link_path, std::string_view target) {
  if (target.empty() || target.front() == '/' || target.find('\0') != std::string_view::npos) {
    return false;
  }
  // A way up counts only at the beginning: behind a part that may itself be a link, ".." would lead
  // somewhere else than it seems to.
  auto depth = std::ranges::count(link_path, '/');
  bool has_descended = false;
  for (const std::string_view part : split(target, '/')) {
    if (part == "..") {
      if (has_descended || --depth < 0) {
        return false;
      }
    } else if (!part.empty() && part != ".") {
      has_descended = true;
    }
  }
  return true;
}

Result<std::string> encode_manifest(std::vector<ManifestEntry> entries) {
  std::ranges::sort(entries, {}, &ManifestEntry::path);
  Json array = Json::array();
  for (const auto& entry : entries) {
    array.push_back(entry_json(entry));
  }
  try {
    // Keys in the order of their bytes, no spaces, UTF-8 as it is: one text for one folder.
    return Json{{"entries", std::move(array)}, {"format", kFormat}}.dump();
  } catch (const Json::exception&) {
    return Error(
        ErrorCode::kInvalidArgument,
        "a name in the folder is not UTF-8; rename that file, then store the folder again");
  }
}

Result<std::vector<ManifestEntry>> parse_manifest(std::string_view text) {
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || document.value("format", Json()) != Json(kFormat) ||
      !document.contains("entries") || !document["entries"].is_array()) {
    return not_a_manifest(concat("it has no \"format\":\"", kFormat, "\" with entries"));
  }
  std::vector<ManifestEntry> entries;
  for (const auto& object : document["entries"]) {
    WATTLE_ASSIGN_OR_RETURN(auto entry, read_entry(object));
    entries.push_back(std::move(entry));
  }
  WATTLE_RETURN_IF_ERROR(check_tree(entries));
  return entries;
}

}  // namespace wattle::store
