// When a training saves its state, and how Wattle is told: the job's side of checkpoints by request
// and confirmation.
//
// Units:    steps, as the training counts them.
// Errors:   the file system's: a training whose checkpoint cannot be written ends with the reason.
// Threads:  one. Lifetime: borrows files, clock and interruption.
// See:      docs/reference/checkpoints.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "checkpoint.h"
#include "interruption.h"
#include "surroundings.h"

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"

namespace wattle::training {

/// What the environment says about checkpoints; empty where Wattle asks for none.
struct CheckpointContract {
  std::string folder;        // WATTLE_CHECKPOINT_DIR: confirmed paths are relative to it
  std::string request_file;  // WATTLE_CHECKPOINT_REQUEST
  std::string confirm_file;  // WATTLE_CHECKPOINT_CONFIRM
  std::string resume_from;   // WATTLE_RESUME_FROM
};
CheckpointContract checkpoint_contract(const Environment& environment);

/// The checkpoint that a confirmation names: one line of JSON.
std::string confirmation(const std::string& path, std::int64_t step,
                         std::optional<std::int64_t> request);

class Keeper {
 public:
  Keeper(FileSystem& files, const Clock& clock, CheckpointContract contract,
         Interruption& interruption)
      : files_(files),
        clock_(clock),
        contract_(std::move(contract)),
        interruption_(interruption),
        looked_at_(clock.boot_now()) {}

  struct Due {
    bool is_requested = false;  // save now
    std::optional<int> end;     // the signal that ends the training, after a last save
  };
  /// To be asked between two steps; costs no system call but for a look at the request file twenty
  /// times a second.
  Due due();

  /// Durable and confirmed when it returns. A folder outside of Wattle's is saved to and not
  /// confirmed: nobody there waits for it.
  Status save(CheckpointStore& store, const Checkpoint& checkpoint);
  Result<CheckpointStore::Found> load(CheckpointStore& store, std::string_view training) {
    return store.load(training, contract_.resume_from);
  }

 private:
  /// The number of the newest request, 0 before the first.
  std::int64_t newest_request();

  FileSystem& files_;
  const Clock& clock_;
  CheckpointContract contract_;
  Interruption& interruption_;
  BootTime looked_at_;
  std::int64_t answered_ = 0;
};

}  // namespace wattle::training
