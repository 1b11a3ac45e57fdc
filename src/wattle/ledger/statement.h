// A run's statement: what the postings of its attempts add up to, with quality, error bars and its
// course over time.
//
// Units:    Joules as Estimate (80 % interval), Microjoules where exactness matters, UtcTime.
// Errors:   none: a run that was never metered has a statement that says so.
// Threads:  pure functions. Lifetime: value types.
// Errors of measurement, each with its own cause (docs/methodology.md#error-bars): the calibration
// of each sensor or model; the split by CPU time among those who share a host; the idle power,
// which is inferred.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/estimate.h"
#include "wattle/base/time.h"
#include "wattle/ledger/settlement.h"
#include "wattle/ledger/trace.h"

namespace wattle::ledger {

/// Energy that the run is charged for in one component of its hosts.
struct ComponentEnergy {
  energy::Component component = energy::Component::kCpu;
  Estimate<Joules> energy;
  std::vector<std::string> sources;  // of its domains
};

/// The charged energy between two instants, so that grams and cost follow the hour.
struct EnergySlice {
  UtcTime from;
  UtcTime to;
  Joules energy;
};

/// Everything that the hosts used while the run was there, by account. All accounts but kUnmetered
/// add up to the meters' readings; kUnmetered is an estimate for where there are none.
struct HostTotals {
  std::map<Account, Microjoules> accounts;
  Microjoules of_this_run;  // its part of kDynamic and kReservedIdle

  Microjoules total() const;  // kUnmetered included
};

struct Statement {
  std::vector<ComponentEnergy> components;  // by component, in the order of the enum
  Estimate<Joules> energy;                  // their sum: what the run is charged for
  Microjoules reserved_idle;                // the part of it that was idle and kept for the run
  int gpu_domains = 0;                      // cards whose energy it is charged for
  Seconds unmetered;                        // how long the run went on without a meter
  std::vector<EnergySlice> slices;          // of `energy`, at most a minute each, in order
  HostTotals host;

  bool is_metered() const { return !components.empty(); }
};

/// The statement of `run` on one host during one boot. `groups` are all attempts of that host and
/// boot, those of the run among them; only intervals in which the run was there enter.
Statement state_run(const NodeTrace& node, std::span<const GroupTrace> groups,
                    std::string_view run);

/// Adds the statement of another boot or host on which the run went on.
void add(Statement& into, const Statement& other);

}  // namespace wattle::ledger
