// The life of a run, as one machine's user sees it: prepared, started, followed, settled, listed,
// stopped.
//
// Everything that must survive lies in files before it is acknowledged, so any other process can
// take over where this one was killed: the state of a run is derived from its folder, and settling
// it twice gives the same receipt.
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
#include "wattle/job/carbon_desk.h"
#include "wattle/job/receipt_maker.h"
#include "wattle/job/run_catalog.h"
#include "wattle/messages/receipt.h"
#include "wattle/spec/job_spec.h"

namespace wattle::job {

struct Surroundings {
  FileSystem& files;
  const Clock& clock;
  Rng& rng;
  Subprocess& subprocess;
  executor::Executor& executor;
  std::map<std::string, std::string, std::less<>> environment;
  store::Home home;
  std::string program_folder;  // where wattle-train and its siblings lie; added to the end of the
                               // job's PATH
  std::string root;            // prefix of /sys, /proc and /etc; "" or a test's tree
  std::string host_nodes;      // segments of the host's own meter, if it has one
};

/// What a user asks for.
struct Request {
  spec::JobSpec job;
  std::string folder;               // of the wattle.yaml, absolute: relative paths start there
  std::string kind = "run";         // or "measure"
  std::optional<std::string> zone;  // the flag
};

/// A run as a list shows it.
struct RunSummary {
  std::string id;
  std::string name;
  std::string kind;
  std::string state;  // "starting", "running", or how it ended
  UtcTime created;
  std::optional<messages::Receipt> receipt;
};

class RunDesk {
 public:
  explicit RunDesk(Surroundings surroundings);

  /// Checks zone, tariff, inputs and folders, captures the environment, predicts. Starts and writes
  /// nothing.
  Result<RunRecord> prepare(const Request& request);
  /// Accepts the run (durably), then starts its first attempt.
  Status start(const RunRecord& record, executor::Streams streams);
  /// Blocks until the attempt has ended; kCancelled when `cancel` (-1: none) becomes readable
  /// first.
  Status wait(std::string_view id, int cancel);
  Status stop(std::string_view id);
  Status kill(std::string_view id);

  /// The receipt of an ended run, made now if nobody has. kUnavailable while it runs.
  Result<messages::Receipt> receipt(std::string_view id);
  /// The newest `limit` runs; those that ended unseen are settled.
  Result<std::vector<RunSummary>> list(std::size_t limit);
  Result<RunSummary> summary(std::string_view id);
  const RunCatalog& catalog() const { return catalog_; }
  /// The folder of the newest attempt; kNotFound when none was begun.
  Result<std::string> attempt_folder(std::string_view id) const;

 private:
  Result<std::unique_ptr<CarbonDesk>> open_carbon(const spec::JobSpec& job) const;
  std::optional<messages::PredictionFacts> predict(const RunRecord& record);
  std::vector<messages::Receipt> history_of(const RunRecord& record) const;
  std::vector<std::string> environment_of(const RunRecord& record, std::uint32_t attempt) const;
  executor::AttemptSpec attempt_of(const RunRecord& record, std::uint32_t number) const;
  Status make_folders(const RunRecord& record, std::uint32_t number);

  Result<std::string> state_of(std::string_view id);
  Result<messages::Receipt> settle(std::string_view id);
  Status find_exits(Findings& findings);
  void find_metrics(Findings& findings);
  void find_outputs(Findings& findings);
  void find_carbon(Findings& findings);

  Surroundings around_;
  RunCatalog catalog_;
  hardware::HostDescription host_;
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
