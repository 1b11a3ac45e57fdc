// Attempts of runs: what each is started with, and what it leaves for the next one.
//
// Units:    as executor/executor.h.
// Errors:   start(): kIo: the disk is full (nothing was started); kFailedPrecondition: a secret is
//           gone, or what isolates the command cannot be had; kNotFound: its working folder went;
//           and those of Executor::start.
// Threads:  one thread. Lifetime: borrows everything in Surroundings, the catalogue and the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wattle/executor/checkpoint_records.h"
#include "wattle/executor/environment.h"
#include "wattle/executor/executor.h"
#include "wattle/executor/isolation.h"
#include "wattle/executor/secret_vault.h"
#include "wattle/executor/stored_environment.h"
#include "wattle/hardware/host.h"
#include "wattle/job/run_catalog.h"
#include "wattle/job/surroundings.h"

namespace wattle::job {

struct AttemptPlan {
  std::uint32_t number = 1;
  std::optional<std::vector<int>> gpus;    // that are its own; nullopt: the caller's choice stands
  std::optional<std::string> resume_from;  // absolute path of a verified checkpoint
  executor::Streams streams = executor::Streams::kCapture;
  std::string ml_folder;  // where the command sees SageMaker's tree; set by start()
};

/// Whose environment a command runs in, whether it starts now or days later.
struct Caller {
  executor::StoredEnvironment environment;  // without secrets
  executor::SecretValues secrets;
};

class AttemptDesk {
 public:
  AttemptDesk(const Surroundings& around, const RunCatalog& catalog,
              const hardware::HostDescription& host)
      : around_(around), catalog_(catalog), host_(host) {}

  /// This process as the caller.
  Caller ourselves() const;
  /// The caller of a run that waited, as it was stored.
  Result<Caller> caller_of(const RunRecord& record) const;
  /// Keeps this process's environment for a run that will start later: secrets in memory, the rest
  /// in the run's folder.
  Status keep_caller(const RunRecord& record) const;
  /// Forgets it, when the run needs it no more.
  void forget_caller(std::string_view run) const;
  /// Where secrets of runs are kept; kUnsupported where this host has no place for them.
  Result<executor::SecretVault> vault() const;

  /// Refuses what this host cannot isolate, before the run is accepted. Fetches its image.
  Status check_isolation(const spec::JobSpec& job) const;
  /// What the command would be started with.
  std::vector<std::string> environment(const RunRecord& record, const AttemptPlan& plan,
                                       const Caller& caller) const;

  Status start(const RunRecord& record, AttemptPlan plan, const Caller& caller) const;
  /// An attempt that was given up has an end from here on: a supervisor that is late does not
  /// begin. That end, or nullopt when nothing of it is there.
  Result<std::optional<executor::ExitRecord>> fence(std::string_view run,
                                                    std::uint32_t number) const;
  /// Why it failed in the job's own words, where it has a contract for them; without its secrets.
  std::optional<std::string> failure_told(const RunRecord& record, std::uint32_t number) const;
  /// May an instruction of its command have run?
  bool began(std::string_view run, std::uint32_t number) const;
  /// Removes what its isolation has left behind; does nothing when there is nothing.
  void clean_up(std::string_view run, std::uint32_t number) const;

  /// The newest checkpoint of the run that is what was confirmed.
  Result<executor::NewestCheckpoint> newest_checkpoint(std::string_view run) const;

 private:
  struct Start {
    const RunRecord& record;
    const AttemptPlan& plan;
    const Caller& caller;
  };

  executor::EnvironmentSpec environment_spec(const RunRecord& record,
                                             const AttemptPlan& plan) const;
  executor::AttemptSpec attempt_spec(const RunRecord& record, const AttemptPlan& plan) const;
  Status make_folders(const RunRecord& record, std::uint32_t number) const;

  Result<executor::IsolationMeans> isolation_means(const spec::JobSpec& job,
                                                   const Caller& caller) const;
  Result<std::string> make_contract(const RunRecord& record, const AttemptPlan& plan,
                                    const executor::IsolationMeans& means) const;
  executor::IsolationRequest isolation_request(const Start& start,
                                               const executor::AttemptSpec& spec) const;
  Status isolate(const Start& start, const executor::IsolationMeans& means,
                 executor::AttemptSpec& spec) const;

  const Surroundings& around_;
  const RunCatalog& catalog_;
  const hardware::HostDescription& host_;
};

}  // namespace wattle::job
