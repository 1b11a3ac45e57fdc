// The queue's runs as the registry tells them: entered when they are accepted, moved with their
// state, completed with what came out of them.
//
// Units:    joules, grams, seconds as metrics, with the unit last in their names.
// Errors:   those of the registry. Threads: as the Session. Lifetime: borrows the Rng.
// See:      docs/reference/registry.md
#pragma once

#include <string>
#include <vector>

#include "wattle/base/rng.h"
#include "wattle/base/time.h"
#include "wattle/job/job_state.h"
#include "wattle/job/run_record.h"
#include "wattle/messages/receipt.h"
#include "wattle/registry/caller.h"
#include "wattle/store/database.h"

namespace wattle::job {

struct KeptOutput {
  std::string name;    // of the job's `outputs`, or below the run's folder of artifacts
  std::string digest;  // SHA-256 of the artifact
  std::string lease;   // keeps it until it is referenced
};

/// Under its experiment, with its parameters, and with edges from its inputs.
Status enter_run(store::Session& session, Rng& rng, const RunRecord& record, UtcTime now);

/// What is the same for every change of one run.
struct RunOwner {
  std::string run;
  std::string project;
  std::string actor;
};
Status move_run(store::Session& session, const RunOwner& owner, JobState to, UtcTime now);

/// Its metrics, its energy and emissions beside them, and edges to its outputs.
Status complete_run(store::Session& session, const RunRecord& record,
                    const messages::Receipt& receipt, const std::vector<KeptOutput>& kept,
                    UtcTime now);
/// The version that the job asks for, with its aliases; does nothing when it asks for none. The
/// model is made when it is not there.
Status register_model(store::Session& session, Rng& rng, const RunRecord& record,
                      const std::vector<KeptOutput>& kept, UtcTime now);

}  // namespace wattle::job
