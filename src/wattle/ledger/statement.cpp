#include "wattle/ledger/statement.h"

#include <algorithm>

namespace wattle::ledger {
namespace {

// Equal CPU time is not equal energy: memory-bound and compute-bound code differ. Kepler's power
// attribution guide reports factors of two to three between extremes; a fifth is our standard
// deviation for ordinary neighbours.
constexpr double kSharingSigma = 0.20;
// The idle ratio comes from a power curve, not from a reading of the idle host.
constexpr double kIdleSigma = 0.15;
constexpr std::int64_t kSliceNanos = 60 * kNanosPerSecond;

/// Sums of one domain over the time in which the run was there.
struct DomainSums {
  const energy::Domain* domain = nullptr;
  double own_dynamic = 0;  // microjoules
  double own_idle = 0;
  double shared = 0;  // dynamic energy of everybody else
  double idle = 0;    // all idle energy
};

/// When the run was there.
class Presence {
 public:
  Presence(std::span<const GroupTrace> groups, std::string_view run) {
    for (const auto& group : groups) {
      if (group.description.run == run && !group.empty()) {
        spans_.emplace_back(group.begin(), group.end());
      }
    }
  }
  bool meets(BootTime from, BootTime to) const {
    return std::ranges::any_of(
        spans_, [&](const auto& span) { return span.first < to && from < span.second; });
  }
  Seconds overlap(BootTime from, BootTime to) const {
    Seconds sum;
    for (const auto& [begin, end] : spans_) {
      sum += std::max(Seconds(0), std::min(end, to) - std::max(begin, from));
    }
    return sum;
  }

 private:
  std::vector<std::pair<BootTime, BootTime>> spans_;
};

/// Charged energy by the minute of UTC in which it was used.
class Slices {
 public:
  void add(UtcTime from, UtcTime to, Microjoules energy) {
    const double per_nano =
        static_cast<double>(energy.value()) / static_cast<double>(to.ns - from.ns);
    for (std::int64_t at = from.ns; at < to.ns;) {
      const std::int64_t minute = at - at % kSliceNanos;
      const std::int64_t until = std::min(to.ns, minute + kSliceNanos);
      auto [slice, is_new] = by_minute_.try_emplace(minute, EnergySlice{{at}, {until}, Joules(0)});
      slice->second.from = std::min(slice->second.from, UtcTime{at});
      slice->second.to = std::max(slice->second.to, UtcTime{until});
      slice->second.energy += Joules(per_nano * static_cast<double>(until - at) * 1e-6);
      at = until;
    }
  }
  std::vector<EnergySlice> finish() const {
    std::vector<EnergySlice> slices;
    for (const auto& [minute, slice] : by_minute_) {
      slices.push_back(slice);
    }
    return slices;
  }

 private:
  std::map<std::int64_t, EnergySlice> by_minute_;
};

Estimate<Joules> estimate_of(const DomainSums& sums) {
  const double own = sums.own_dynamic + sums.own_idle;
  Estimate<Joules> energy(Joules(own * 1e-6), sums.domain->quality, sums.domain->error_cause,
                          sums.domain->relative_sigma);
  energy.add_error("sharing", kSharingSigma * std::min(sums.own_dynamic, sums.shared) * 1e-6);
  const double dynamic = sums.own_dynamic + sums.shared;
  const double share = dynamic > 0 ? sums.own_dynamic / dynamic : 0;
  energy.add_error("idle power", kIdleSigma * sums.idle * share * 1e-6);
  return energy;
}

void add_source(std::vector<std::string>& sources, const std::string& source) {
  if (std::ranges::find(sources, source) == sources.end()) {
    sources.push_back(source);
  }
}

ComponentEnergy& component_of(std::vector<ComponentEnergy>& components,
                              energy::Component component) {
  const auto place =
      std::ranges::lower_bound(components, component, {}, &ComponentEnergy::component);
  if (place != components.end() && place->component == component) {
    return *place;
  }
  return *components.insert(place, {.component = component, .energy = {}, .sources = {}});
}

/// The sum of the components. One that is charged nothing does not spoil the quality of the others:
/// modelled memory that is all idle leaves the sum of a counter a counter's.
Estimate<Joules> sum_of(const std::vector<ComponentEnergy>& components) {
  const auto is_charged = [](const ComponentEnergy& component) {
    return component.energy.value().value() > 0;
  };
  const bool any = std::ranges::any_of(components, is_charged);
  Estimate<Joules> sum;
  for (const auto& component : components) {
    if (!any || is_charged(component)) {
      sum += component.energy;
    }
  }
  return sum;
}

/// Sorts the postings that concern a run into its statement.
class Collector {
 public:
  Collector(const NodeTrace& node, std::span<const GroupTrace> groups, std::string_view run)
      : node_(node), groups_(groups), run_(run), presence_(groups, run) {}

  void take(const Posting& posting) {
    if (!presence_.meets(posting.from, posting.to)) {
      return;
    }
    statement_.host.accounts[posting.account] += posting.energy;
    if (posting.account == Account::kUnmetered) {
      const Seconds away = presence_.overlap(posting.from, posting.to);
      unmetered_[posting.domain] += away;
      return;
    }
    add_to_domain(posting);
  }

  Statement finish() {
    for (const auto& [name, sums] : domains_) {
      auto& component = component_of(statement_.components, sums.domain->component);
      component.energy += estimate_of(sums);
      add_source(component.sources, sums.domain->source);
      const bool is_gpu = sums.domain->component == energy::Component::kGpu;
      statement_.gpu_domains += is_gpu && sums.own_dynamic + sums.own_idle > 0 ? 1 : 0;
    }
    statement_.energy = sum_of(statement_.components);
    for (const auto& [domain, away] : unmetered_) {
      statement_.unmetered = std::max(statement_.unmetered, away);
    }
    statement_.slices = slices_.finish();
    return std::move(statement_);
  }

 private:
  bool is_own(const Posting& posting) const {
    return posting.owner != kNoOwner && groups_[posting.owner].description.run == run_;
  }

  void add_to_domain(const Posting& posting) {
    auto& sums = domains_[posting.domain->name];
    sums.domain = posting.domain;
    const auto energy = static_cast<double>(posting.energy.value());
    const bool is_idle =
        posting.account == Account::kIdle || posting.account == Account::kReservedIdle;
    if (is_own(posting)) {
      (is_idle ? sums.own_idle : sums.own_dynamic) += energy;
      statement_.host.of_this_run += posting.energy;
      statement_.reserved_idle += is_idle ? posting.energy : Microjoules(0);
      // A posting across a step of UTC keeps its length: its beginning counts.
      const UtcTime from = node_.to_utc(posting.from);
      slices_.add(from, from + (posting.to - posting.from), posting.energy);
    } else if (!is_idle) {
      sums.shared += energy;
    }
    sums.idle += is_idle ? energy : 0;
  }

  const NodeTrace& node_;
  std::span<const GroupTrace> groups_;
  std::string_view run_;
  Presence presence_;
  std::map<std::string, DomainSums> domains_;
  std::map<const energy::Domain*, Seconds> unmetered_;
  Slices slices_;
  Statement statement_;
};

}  // namespace

Microjoules HostTotals::total() const {
  Microjoules sum;
  for (const auto& [account, energy] : accounts) {
    sum += energy;
  }
  return sum;
}

Statement state_run(const NodeTrace& node, std::span<const GroupTrace> groups,
                    std::string_view run) {
  Collector collector(node, groups, run);
  settle(node, groups, [&](const Posting& posting) { collector.take(posting); }, run);
  return collector.finish();
}

void add(Statement& into, const Statement& other) {
  for (const auto& part : other.components) {
    auto& component = component_of(into.components, part.component);
    component.energy += part.energy;
    for (const auto& source : part.sources) {
      add_source(component.sources, source);
    }
  }
  into.energy += other.energy;
  into.reserved_idle += other.reserved_idle;
  into.unmetered += other.unmetered;
  // Attempts follow each other, and a run's next one mostly gets the same cards.
  into.gpu_domains = std::max(into.gpu_domains, other.gpu_domains);
  into.slices.insert(into.slices.end(), other.slices.begin(), other.slices.end());
  std::ranges::sort(into.slices, {}, &EnergySlice::from);
  for (const auto& [account, energy] : other.host.accounts) {
    into.host.accounts[account] += energy;
  }
  into.host.of_this_run += other.host.of_this_run;
}

}  // namespace wattle::ledger
