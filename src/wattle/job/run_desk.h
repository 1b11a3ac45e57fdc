// What a run is before it starts and after it has ended: checked, predicted, settled. In between it
// belongs to the dispatcher, or, without the queue, to whoever measures.
//
// Everything is derived from the run's folder, so settling it twice gives the same receipt, whoever
// does it.
//
// Units:    as messages. Errors: those of its parts, with what was being done.
// Threads:  one thread. Lifetime: borrows everything in Surroundings.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/rng.h"
#include "wattle/base/subprocess.h"
#include "wattle/base/time.h"
#include "wattle/energy/cpu_power_model.h"
#include "wattle/executor/executor.h"
#include "wattle/hardware/host.h"
#include "wattle/job/admission.h"
#include "wattle/job/attempt_desk.h"
#include "wattle/job/books.h"
#include "wattle/job/budget.h"
#include "wattle/job/carbon_desk.h"
#include "wattle/job/job_state.h"
#include "wattle/job/receipt_maker.h"
#include "wattle/job/run_catalog.h"
#include "wattle/job/surroundings.h"
#include "wattle/messages/receipt.h"
#include "wattle/spec/job_spec.h"

namespace wattle::job {

/// What a user asks for.
struct Request {
  spec::JobSpec job;
  std::string folder;               // of the wattle.yaml, absolute: relative paths start there
  std::string kind = "run";         // or "measure"
  std::string actor;                // who asks; "": the user of this process
  std::optional<std::string> zone;  // the flag
  std::optional<messages::ObservedFacts> observed;  // measured while the job waits for its end
};

class RunDesk {
 public:
  explicit RunDesk(Surroundings surroundings);
  RunDesk(const RunDesk&) = delete;
  RunDesk& operator=(const RunDesk&) = delete;

  /// Checks zone, tariff, inputs, folders and isolation, captures the environment, predicts. Starts
  /// and writes nothing.
  Result<RunRecord> prepare(const Request& request);

  /// For a run without the queue (`wattle measure`): accepts it (durably, in its folder), then
  /// starts its only attempt.
  Status start(const RunRecord& record, executor::Streams streams);
  /// Blocks until that attempt has ended; kCancelled when `cancel` (-1: none) becomes readable
  /// first.
  Status wait(std::string_view id, int cancel);
  Status stop(std::string_view id);

  /// The receipt of what has ended so far: its file is replaced. The same records give the same
  /// receipt.
  Result<messages::Receipt> settle(std::string_view id);
  /// What all attempts together have used until now.
  Result<Spent> spent(const RunRecord& record);
  Result<PeriodTotals> totals(UtcTime from, UtcTime to);

  const RunCatalog& catalog() const { return catalog_; }
  RunCatalog& catalog() { return catalog_; }
  const AttemptDesk& attempts() const { return attempts_; }
  const hardware::HostDescription& host() const { return host_; }
  /// What this host has for jobs.
  Capacity capacity() const;
  /// Writes the state where those who wait in the run's folder see it.
  void announce(std::string_view id, JobState state) const;

 private:
  Result<std::unique_ptr<CarbonDesk>> open_carbon(const spec::JobSpec& job) const;
  std::optional<messages::PredictionFacts> predict(const RunRecord& record);
  std::vector<messages::Receipt> history_of(const RunRecord& record);
  Books books();

  Seconds frozen_time(const std::string& folder) const;
  Status find_exits(Findings& findings);
  void find_metrics(Findings& findings);
  void find_outputs(Findings& findings);
  void find_carbon(Findings& findings);

  Surroundings around_;
  RunCatalog catalog_;
  hardware::HostDescription host_;
  AttemptDesk attempts_;
};

/// The zone that was asked for: the flag, else WATTLE_ZONE, else the job's own. kInvalidArgument
/// for an unknown one of the first two.
Result<std::optional<std::string>> zone_of(
    const Request& request, const std::map<std::string, std::string, std::less<>>& environment);

/// The processor model that was calibrated on this processor, else what the tables say of it. One
/// that cannot be read is as good as none; the meter says so in its log. `root` as in Surroundings.
energy::CpuPowerModel power_model(FileSystem& files, const store::Home& home,
                                  const std::string& root);

/// Name, path, digest and size of a file; of a folder, the digest over its files' paths and
/// digests.
Result<messages::FileFacts> facts_of_file(FileSystem& files, const std::string& name,
                                          const std::string& path);

}  // namespace wattle::job
