// Checkpoints of a training: written as a whole, checked by CRC-32, the last two kept.
//
// Units:    steps, as the kind of training counts them. Threads: one per store.
// Errors:   the file system's; kInvalidArgument for a checkpoint of another training, naming what
//           differs. A corrupt file is no error: the one before it is used, and a note says so.
// Lifetime: a store borrows its FileSystem.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::training {

struct Checkpoint {
  std::string training;   // "name=value" lines: data and parameters
  int threads = 1;        // of the run that wrote it
  std::int64_t step = 0;  // done so far
  std::string state;      // what the training needs to go on
};

/// Frame: magic with the kind of training, CRC-32 of the rest, then the fields (base/bytes.h).
std::string encode_checkpoint(std::string_view kind, const Checkpoint& checkpoint);
/// kParse when the bytes are torn, changed, of another kind or version.
Result<Checkpoint> decode_checkpoint(std::string_view kind, std::string_view bytes);

/// One line naming the first few differences: "learning_rate is 0.3 here and 0.1 there".
std::string describe_differences(std::string_view here, std::string_view there);

class CheckpointStore {
 public:
  /// `kind` is a word that stands in the files and their names: "trees".
  CheckpointStore(FileSystem& files, std::string folder, std::string kind)
      : files_(files), folder_(std::move(folder)), kind_(std::move(kind)) {}

  struct Found {
    std::optional<Checkpoint> checkpoint;
    std::vector<std::string> notes;  // for the user: what was skipped and why
  };

  const std::string& folder() const { return folder_; }
  /// Makes the folder.
  Status prepare();
  /// Durable when it returns; gives the path. Older files than the last two are removed.
  Result<std::string> save(const Checkpoint& checkpoint);
  /// The checkpoint at `first` if it is usable, else the newest of the folder that is.
  Result<Found> load(std::string_view training, const std::string& first = "");

 private:
  /// Names of checkpoint files, newest first.
  Result<std::vector<std::string>> names();

  FileSystem& files_;
  std::string folder_;
  std::string kind_;
};

}  // namespace wattle::training
