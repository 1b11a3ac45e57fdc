// Checkpoints of a training: written as a whole, checked by CRC-32, the last two kept.
//
// Units:    rounds. Threads: one per store. Lifetime: a store borrows its FileSystem.
// Errors:   the file system's; kInvalidArgument for a checkpoint of another training, naming what
//           differs. A corrupt file is no error: the one before it is used, and a note says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "booster.h"

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::trainer {

struct Checkpoint {
  std::string training;         // "name=value" lines: data and parameters, see fingerprint.h
  int threads = 1;              // of the run that wrote it
  std::vector<Losses> history;  // one per finished round
  std::string booster;          // Booster::state()

  int rounds() const { return static_cast<int>(history.size()); }
};

/// Frame: magic, CRC-32 of the rest, then the fields (wattle/base/bytes.h).
std::string encode_checkpoint(const Checkpoint& checkpoint);
/// kParse when the bytes are torn, changed, or of another version.
Result<Checkpoint> decode_checkpoint(std::string_view bytes);

/// One line naming the first few differences: "learning_rate is 0.3 here and 0.1 there".
std::string describe_differences(std::string_view here, std::string_view there);

class CheckpointStore {
 public:
  CheckpointStore(FileSystem& files, std::string folder)
      : files_(files), folder_(std::move(folder)) {}

  struct Found {
    std::optional<Checkpoint> checkpoint;
    std::vector<std::string> notes;  // for the user: what was skipped and why
  };

  /// Makes the folder.
  Status prepare();
  /// Durable when it returns. Older files than the last two are removed.
  Status save(const Checkpoint& checkpoint);
  Result<Found> load(std::string_view training);

 private:
  /// Names of checkpoint files, newest first.
  Result<std::vector<std::string>> names();

  FileSystem& files_;
  std::string folder_;
};

}  // namespace wattle::trainer
