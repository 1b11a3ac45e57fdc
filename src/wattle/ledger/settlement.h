// Settlement: every microjoule that a host's meter saw is posted to exactly one account. Pure and
// replayable: the same traces give the same postings, whoever settles them and whenever.
//
// For each domain and each pair of neighbouring samples the energy is split in two steps:
//   1. idle and dynamic, by the domain's power curve P(u) = P(1) (r + (1-r) u^a) at the utilisation
//   u of the interval;
//   2. the dynamic part by use: CPU time (cpu, dram, board) or GPU time (gpu); the idle part by
//   reservation.
// Where the meter was away while a group ran, the energy is not known: it is estimated from the
// mean power on both sides and posted as unmetered.
//
// Units:    Microjoules; intervals of the boot clock.
// Errors:   none: broken samples (a counter that falls) post nothing for their interval.
// Threads:  pure functions. Lifetime: a Posting is valid during the call of its sink.
// Invariant: the postings of an interval and domain add up to the energy of that interval, to the
// microjoule.
// See:      ARCHITECTURE.md#conservation-and-settlement
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "wattle/base/time.h"
#include "wattle/base/units.h"
#include "wattle/ledger/trace.h"

namespace wattle::ledger {

enum class Account : std::uint8_t {
  kDynamic,       // used by a process group
  kReservedIdle,  // idle energy of CPUs that a group keeps for itself
  kIdle,          // idle energy that nobody reserved
  kPlatform,      // ourselves: meter and supervisors
  kOther,         // processes that are not ours
  kUnmetered,     // estimated: no meter was running
};

std::string_view to_string(Account account);

inline constexpr std::uint32_t kNoOwner = ~std::uint32_t{0};

struct Posting {
  BootTime from;
  BootTime to;
  const energy::Domain* domain = nullptr;
  Account account = Account::kOther;
  std::uint32_t owner = kNoOwner;  // index into `groups`: the group of kDynamic and kReservedIdle
  Microjoules energy;
};

using PostingSink = std::function<void(const Posting&)>;

/// Posts everything that `node` saw. `groups` are the attempts that ran on that host during that
/// boot; one that is missing shows as kOther. REQUIRES: every group of the boot of `node`. What is
/// recorded for several groups, because one watches the other, is posted to one of them: to the run
/// `viewpoint`, or, when that is "", as ledger/observers.h says.
void settle(const NodeTrace& node, std::span<const GroupTrace> groups, const PostingSink& sink,
            std::string_view viewpoint = {});

/// The share of a reading that is dynamic at utilisation u: 1 - P(0)/P(u). 0 at rest, 1 -
/// idle_ratio at full load.
double dynamic_fraction(const energy::Domain& domain, double utilisation);

}  // namespace wattle::ledger
