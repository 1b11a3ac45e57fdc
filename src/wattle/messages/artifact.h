// Artifacts: files and folders that are kept by their content.
//
// Units:    bytes. Errors: none. Threads: value types. Lifetime: value types.
// See:      docs/reference/artifacts.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/described.h"
#include "wattle/messages/page.h"

namespace wattle::messages {

enum class ArtifactKind { kFile, kFolder };
template <>
struct Words<ArtifactKind> {
  static constexpr std::string_view kName = "ArtifactKind";
  static constexpr std::string_view kAbout = "What was stored.";
  static constexpr std::array<std::string_view, 2> kWords{"file", "folder"};
};

enum class ArtifactState { kPresent, kDeleting, kDamaged };
template <>
struct Words<ArtifactState> {
  static constexpr std::string_view kName = "ArtifactState";
  static constexpr std::string_view kAbout =
      "present; deleting: it is being removed; damaged: its file is missing or changed.";
  static constexpr std::array<std::string_view, 3> kWords{"present", "deleting", "damaged"};
};

/// An artifact where something else names it.
struct ArtifactReference {
  std::string sha256;
  std::optional<ArtifactKind> kind;
  std::optional<std::int64_t> bytes;
  std::optional<ArtifactState> state;

  static constexpr std::string_view kName = "ArtifactReference";
  static constexpr std::string_view kAbout =
      "An artifact that is named; all but the digest is left out when the store has it no more.";
  static void fields(auto& f) {
    f("sha256", &ArtifactReference::sha256, "Its digest, which is its name.",
      {.pattern = &kSha256});
    f("kind", &ArtifactReference::kind, "What was stored.");
    f("bytes", &ArtifactReference::bytes, "Size; of a folder, of all files in it.");
    f("state", &ArtifactReference::state, "Whether it is there.");
  }
  bool operator==(const ArtifactReference&) const = default;
};

enum class EntryKind { kFile, kFolder, kLink };
template <>
struct Words<EntryKind> {
  static constexpr std::string_view kName = "EntryKind";
  static constexpr std::string_view kAbout = "What stands at a path within a folder.";
  static constexpr std::array<std::string_view, 3> kWords{"file", "folder", "link"};
};

struct ArtifactEntry {
  std::string path;
  EntryKind kind = EntryKind::kFile;
  std::uint32_t mode = 0;
  std::int64_t bytes = 0;
  std::optional<std::string> sha256;
  std::optional<std::string> target;

  static constexpr std::string_view kName = "ArtifactEntry";
  static constexpr std::string_view kAbout = "A file, a folder or a link within a folder.";
  static void fields(auto& f) {
    f("path", &ArtifactEntry::path, "Within the folder, with / between its parts.");
    f("kind", &ArtifactEntry::kind, "What stands there.");
    f("mode", &ArtifactEntry::mode, "Permission bits, as a number; 0 for links.");
    f("bytes", &ArtifactEntry::bytes, "Size of a file.");
    f("sha256", &ArtifactEntry::sha256, "Of a file: its digest.", {.pattern = &kSha256});
    f("target", &ArtifactEntry::target, "Of a link: where it leads, within the folder.");
  }
  bool operator==(const ArtifactEntry&) const = default;
};

struct Artifact {
  std::string sha256;
  ArtifactKind kind = ArtifactKind::kFile;
  ArtifactState state = ArtifactState::kPresent;
  std::int64_t bytes = 0;
  UtcTime created_at;
  UtcTime last_used_at;
  std::optional<std::vector<ArtifactEntry>> files;

  static constexpr std::string_view kName = "Artifact";
  static constexpr std::string_view kAbout = "A file or a folder that is kept by its content.";
  static void fields(auto& f) {
    f("sha256", &Artifact::sha256, "Its digest, which is its name.", {.pattern = &kSha256});
    f("kind", &Artifact::kind, "What was stored.");
    f("state", &Artifact::state, "Whether it is there.");
    f("bytes", &Artifact::bytes, "Size; of a folder, of all files in it.");
    f("created_at", &Artifact::created_at, "When it was stored first.");
    f("last_used_at", &Artifact::last_used_at, "When it was stored or referenced last.");
    f("files", &Artifact::files, "Of a folder, where it was asked for: what is in it, by path.");
  }
  bool operator==(const Artifact&) const = default;
};

extern template const Type& type_of<ArtifactReference>();
extern template const Type& type_of<ArtifactEntry>();
extern template const Type& type_of<Artifact>();
extern template const Type& type_of<Page<Artifact>>();

}  // namespace wattle::messages
