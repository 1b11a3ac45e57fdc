// Keeps what a run made: its outputs as artifacts, its results in the registry, its model as a
// version.
//
// Units:    bytes, nanoseconds of UTC. Errors: kIo: the disk is full: try again when there is
//           space. What cannot be kept for another reason (the quota) is a note on the receipt.
// Threads:  as its Database. Lifetime: borrows all that it was made with.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/rng.h"
#include "wattle/job/run_record.h"
#include "wattle/job/run_registry.h"
#include "wattle/job/surroundings.h"
#include "wattle/messages/receipt.h"
#include "wattle/store/artifact_store.h"
#include "wattle/store/database.h"

namespace wattle::job {

class RunKeeper {
 public:
  RunKeeper(store::Database& database, store::ArtifactStore& artifacts, const Surroundings& around)
      : database_(database), artifacts_(artifacts), around_(around) {}

  /// Stores the outputs that the receipt names. Doing it again stores nothing twice.
  Result<std::vector<KeptOutput>> keep(const RunRecord& record, messages::Receipt& receipt);
  /// In the transaction that ends the run: references, metrics, and the model version.
  Status record(store::Session& session, const RunRecord& record, const messages::Receipt& receipt,
                const std::vector<KeptOutput>& kept);
  /// The artifacts are referenced by now, or nobody wants them any more.
  void release(const std::vector<KeptOutput>& kept);

 private:
  std::string name_of(const RunRecord& record, const messages::FileFacts& output) const;

  store::Database& database_;
  store::ArtifactStore& artifacts_;
  const Surroundings& around_;
};

}  // namespace wattle::job
