// Where the files of artifacts lie below the folder `artifacts` of WATTLE_HOME. The one place that
// knows their names.
//
// Units:    none. Errors: none. Threads: value type. Lifetime: value type.
// See:      docs/reference/artifacts.md
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace wattle::store {

/// 64 lower-case hexadecimal digits.
inline bool is_artifact_digest(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

class ArtifactLayout {
 public:
  static constexpr std::size_t kShardDigits = 2;

  explicit ArtifactLayout(std::string root) : root_(std::move(root)) {}

  std::string shards() const { return root_ + "/sha256"; }
  /// `digits`: the first two of a digest, or a whole one.
  std::string shard(std::string_view digits) const {
    return shards() + "/" + std::string(digits.substr(0, kShardDigits));
  }
  /// REQUIRES: is_artifact_digest(digest).
  std::string file(std::string_view digest) const {
    return shard(digest) + "/" + std::string(digest.substr(kShardDigits));
  }
  std::string staging() const { return root_ + "/staging"; }
  /// Held shared while a file becomes an artifact, exclusively while files are swept.
  std::string lock_file() const { return root_ + "/lock"; }
  /// Taken before lock_file(), and let go at once: so that a sweep gets its turn.
  std::string turn_file() const { return root_ + "/turn"; }

 private:
  std::string root_;
};

}  // namespace wattle::store
