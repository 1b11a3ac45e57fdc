// What a job says when it has made a checkpoint: one line of JSON, and what its path leads to.
//
// Units:    none.
// Errors:   kParse: it is no such line, and where. kInvalidArgument: its path is not below the
//           folder of checkpoints. kNotFound: there is nothing.
// Threads:  pure functions. Lifetime: value types.
// See:      docs/reference/checkpoints.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"

namespace wattle::supervise {

inline constexpr std::size_t kConfirmationBytes = 64 << 10;

struct Confirmation {
  std::string path;
  std::optional<std::int64_t> step;
  std::int64_t request = 0;  // 0: the job made it by itself

  friend bool operator==(const Confirmation&, const Confirmation&) = default;
};

/// An object; keys that are not known are passed over, whatever they hold, to a bounded depth.
Result<Confirmation> parse_confirmation(std::string_view text);

/// The path that `path` leads to below `folder`, without symbolic links. Nothing that it holds
/// leads out of `folder`.
Result<std::string> resolve_checkpoint(const std::string& folder, const std::string& path);

}  // namespace wattle::supervise
