// The checkpoints of a run's attempts: read back from checkpoints.jsonl, and proved against their
// files before anybody resumes from one.
//
// Units:    as executor.h.
// Errors:   kIo as FileSystem. Lines that are damaged are passed over: a record is written before
//           it counts, and one that was cut never counted.
// Threads:  as their FileSystem. Lifetime: value types.
// See:      docs/reference/checkpoints.md
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/executor/executor.h"

namespace wattle::executor {

/// Of one attempt, the oldest first; empty when there is no file.
Result<std::vector<CheckpointRecord>> read_checkpoints(FileSystem& files,
                                                       const std::string& attempt_folder);

struct NewestCheckpoint {
  std::optional<CheckpointRecord> record;  // nullopt: there is none to resume from
  std::string attempt_folder;              // whose it is
  std::vector<std::string> notes;          // newer ones that were left out, and why; for people
};

/// The newest checkpoint whose files are what was confirmed: reads them all again. `attempts` are
/// the folders of the run's attempts, the oldest first; `checkpoint_folder` is that of
/// WATTLE_CHECKPOINT_DIR.
Result<NewestCheckpoint> newest_verified(FileSystem& files, std::span<const std::string> attempts,
                                         const std::string& checkpoint_folder);

}  // namespace wattle::executor
