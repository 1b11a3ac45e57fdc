#include "wattle/ledger/settlement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "wattle/ledger/observers.h"
#include "wattle/ledger/split.h"

namespace wattle::ledger {
namespace {

using energy::Component;
using energy::Domain;
using energy::NodeSample;

/// One domain between two samples that both read it.
struct Interval {
  const MeterLife* life;
  std::size_t domain;
  std::size_t first;  // samples first..last of the life
  std::size_t last;

  const NodeSample& begin() const { return life->samples[first]; }
  const NodeSample& end() const { return life->samples[last]; }
  const Domain& of() const { return life->description.domains[domain]; }
  Seconds length() const { return end().at - begin().at; }
  Microjoules energy() const { return end().energy[domain] - begin().energy[domain]; }
};

/// The attempts that were there, and which of them watch others.
struct Attempts {
  std::span<const GroupTrace> groups;
  Observers observers;
};

/// Who used a domain in an interval: one weight per group, then platform, then everybody else.
struct Use {
  std::vector<double> weights;
  double utilisation = 0;

  explicit Use(std::size_t groups) : weights(groups + 2) {}
  std::span<double> of_groups() { return std::span(weights).first(weights.size() - 2); }
  double& platform() { return weights[weights.size() - 2]; }
  double& other() { return weights.back(); }
};

double cpu_use(const GroupTrace& group, BootTime from, BootTime to) {
  return std::max(0.0, cpu_microseconds_at(group, to) - cpu_microseconds_at(group, from));
}

Use use_of_cpu(const Interval& interval, const Attempts& attempts) {
  const auto& groups = attempts.groups;
  Use use(groups.size());
  const BootTime from = interval.begin().at;
  const BootTime to = interval.end().at;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    use.weights[i] = cpu_use(groups[i], from, to);
    use.platform() += std::max(0.0, supervisor_microseconds_at(groups[i], to) -
                                        supervisor_microseconds_at(groups[i], from));
  }
  attempts.observers.separate(use.of_groups(), from, to);
  const auto of_groups = use.of_groups();
  double known = std::accumulate(of_groups.begin(), of_groups.end(), 0.0);
  use.platform() +=
      std::max<double>(0, static_cast<double>(interval.end().meter_cpu_microseconds -
                                              interval.begin().meter_cpu_microseconds));
  known += use.platform();
  const auto busy = static_cast<double>(interval.end().cpu_busy_microseconds -
                                        interval.begin().cpu_busy_microseconds);
  // The kernel counts busy time in ticks, groups exactly: the larger of the two is the better lower
  // bound.
  use.other() = std::max(0.0, busy - known);
  const double capacity = interval.length().value() * 1e6 * interval.life->description.logical_cpus;
  use.utilisation = std::clamp(std::max(busy, known) / capacity, 0.0, 1.0);
  return use;
}

std::optional<std::size_t> group_of(std::string_view owner, std::span<const GroupTrace> groups) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].description.owner() == owner) {
      return i;
    }
  }
  return std::nullopt;
}

std::int64_t busy_before(const NodeSample& sample, const energy::GpuProcess& process) {
  for (const auto& earlier : sample.processes) {
    if (earlier.domain == process.domain && earlier.pid == process.pid &&
        earlier.owner == process.owner) {
      return earlier.busy_microseconds;
    }
  }
  return 0;
}

/// Time-weighted mean utilisation of a GPU over an interval; NaN when the driver did not tell.
double mean_utilisation(const Interval& interval) {
  double weighted = 0;
  for (std::size_t i = interval.first + 1; i <= interval.last; ++i) {
    const auto& samples = interval.life->samples;
    weighted +=
        samples[i].utilisation[interval.domain] * (samples[i].at - samples[i - 1].at).value();
  }
  return weighted / interval.length().value();
}

/// The time of one process on a GPU, for whoever it belongs to and whoever watches it.
void add_gpu_time(const Interval& interval, const energy::GpuProcess& process, double used,
                  const Attempts& attempts, Use& use) {
  double other = used;
  for (const auto& [group, part] :
       attempts.observers.watching(process.pid, interval.begin().at, interval.end().at)) {
    use.weights[group] += used * part;
    other = std::min(other, used * (1 - part));
  }
  if (const auto owner = group_of(process.owner, attempts.groups)) {
    use.weights[*owner] += used;
    other = 0;
  }
  use.other() += other;
}

Use use_of_gpu(const Interval& interval, const Attempts& attempts) {
  Use use(attempts.groups.size());
  double busy = 0;
  for (const auto& process : interval.end().processes) {
    if (process.domain != interval.domain) {
      continue;
    }
    const auto used = std::max<double>(
        0, static_cast<double>(process.busy_microseconds - busy_before(interval.begin(), process)));
    add_gpu_time(interval, process, used, attempts, use);
    busy += used;
  }
  attempts.observers.separate(use.of_groups(), interval.begin().at, interval.end().at);
  const double told = mean_utilisation(interval);
  const double from_processes = busy / (interval.length().value() * 1e6);
  use.utilisation = std::clamp(std::isnan(told) ? from_processes : told, 0.0, 1.0);
  return use;
}

/// The share of the host's CPUs that each group keeps for itself during the interval, then what
/// nobody keeps.
std::vector<double> reservations(const Interval& interval, std::span<const GroupTrace> groups) {
  std::vector<double> shares(groups.size() + 1);
  double sum = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].empty() || interval.of().component == Component::kGpu) {
      continue;
    }
    const Seconds overlap = std::min(groups[i].end(), interval.end().at) -
                            std::max(groups[i].begin(), interval.begin().at);
    const double present = std::max(0.0, overlap / interval.length());
    shares[i] =
        groups[i].description.reserved_cpus / interval.life->description.logical_cpus * present;
    sum += shares[i];
  }
  shares.back() = std::max(0.0, 1 - sum);
  return shares;
}

void post_parts(const Interval& interval, std::span<const Microjoules> parts,
                std::span<const Posting> accounts, const PostingSink& sink) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].value() != 0) {
      sink({.from = interval.begin().at,
            .to = interval.end().at,
            .domain = &interval.of(),
            .account = accounts[i].account,
            .owner = accounts[i].owner,
            .energy = parts[i]});
    }
  }
}

/// Accounts in the order of `groups`, all of one kind, followed by `rest`.
std::vector<Posting> accounts_of(std::size_t groups, Account kind,
                                 std::initializer_list<Account> rest) {
  std::vector<Posting> accounts;
  for (std::uint32_t i = 0; i < groups; ++i) {
    accounts.push_back({.account = kind, .owner = i});
  }
  for (const Account account : rest) {
    accounts.push_back({.account = account});
  }
  return accounts;
}

void settle_interval(const Interval& interval, const Attempts& attempts, const PostingSink& sink) {
  const auto& groups = attempts.groups;
  if (interval.energy().value() <= 0) {
    return;
  }
  const Use use = interval.of().component == Component::kGpu ? use_of_gpu(interval, attempts)
                                                             : use_of_cpu(interval, attempts);
  const double dynamic = dynamic_fraction(interval.of(), use.utilisation);
  const auto halves = split_exactly(interval.energy(), std::array{dynamic, 1 - dynamic});
  post_parts(interval, split_exactly(halves[0], use.weights),
             accounts_of(groups.size(), Account::kDynamic, {Account::kPlatform, Account::kOther}),
             sink);
  post_parts(interval, split_exactly(halves[1], reservations(interval, groups)),
             accounts_of(groups.size(), Account::kReservedIdle, {Account::kIdle}), sink);
}

void settle_domain(const MeterLife& life, std::size_t domain, const Attempts& attempts,
                   const PostingSink& sink) {
  std::optional<std::size_t> previous;
  for (std::size_t i = 0; i < life.samples.size(); ++i) {
    if (life.samples[i].stale[domain]) {
      continue;  // what it used meanwhile comes with its next fresh reading
    }
    if (previous) {
      settle_interval({.life = &life, .domain = domain, .first = *previous, .last = i}, attempts,
                      sink);
    }
    previous = i;
  }
}

/// Mean power of a domain over the interval nearest to the end (or the beginning) of a meter's
/// life, added to `edges` if there is one.
void add_power_at_edge(const MeterLife* life, std::size_t domain, bool at_end,
                       std::vector<Watts>& edges) {
  if (life == nullptr || life->samples.size() < 2) {
    return;
  }
  const std::size_t last = at_end ? life->samples.size() - 1 : 1;
  const Interval edge{.life = life, .domain = domain, .first = last - 1, .last = last};
  edges.push_back(to_joules(edge.energy()) / edge.length());
}

/// How long, within [from, to], at least one group was running.
Seconds covered_by_groups(std::span<const GroupTrace> groups, BootTime from, BootTime to) {
  std::vector<std::pair<BootTime, BootTime>> spans;
  for (const auto& group : groups) {
    if (!group.empty() && group.begin() < to && group.end() > from) {
      spans.emplace_back(std::max(group.begin(), from), std::min(group.end(), to));
    }
  }
  std::ranges::sort(spans);
  Seconds covered;
  BootTime reached = from;
  for (const auto& [begin, end] : spans) {
    if (end > reached) {
      covered += end - std::max(begin, reached);
      reached = end;
    }
  }
  return covered;
}

/// A stretch without a meter: after the life `before`, or before the life `after`; either may be
/// missing.
struct Gap {
  const MeterLife* before;
  const MeterLife* after;
  BootTime from;
  BootTime to;
};

void post_gap(const Gap& gap, std::span<const GroupTrace> groups, const PostingSink& sink) {
  // A meter greets its client only after its first sample, so gaps of this length are clock
  // rounding.
  constexpr Seconds kRounding{0.001};
  const Seconds covered = covered_by_groups(groups, gap.from, gap.to);
  if (covered <= kRounding) {
    return;
  }
  const auto& domains = (gap.before != nullptr ? gap.before : gap.after)->description.domains;
  for (std::size_t i = 0; i < domains.size(); ++i) {
    std::vector<Watts> edges;
    add_power_at_edge(gap.before, i, true, edges);
    add_power_at_edge(gap.after, i, false, edges);
    if (domains[i].part_of || edges.empty()) {
      continue;
    }
    const Watts power = (edges.front() + edges.back()) / 2;
    if (const Joules estimated = power * covered; estimated > Joules(0)) {
      sink({.from = gap.from,
            .to = gap.to,
            .domain = &domains[i],
            .account = Account::kUnmetered,
            .energy = to_microjoules(estimated)});
    }
  }
}

/// The stretches before, between and after the lives of the meter in which a group was running.
std::vector<Gap> gaps_of(const std::vector<const MeterLife*>& lives,
                         std::span<const GroupTrace> groups) {
  std::vector<Gap> gaps;
  BootTime first = lives.front()->samples.front().at;
  BootTime last = lives.back()->samples.back().at;
  for (const auto& group : groups) {
    first = group.empty() ? first : std::min(first, group.begin());
    last = group.empty() ? last : std::max(last, group.end());
  }
  gaps.push_back({nullptr, lives.front(), first, lives.front()->samples.front().at});
  for (std::size_t i = 1; i < lives.size(); ++i) {
    const bool same_domains = lives[i]->description.domains == lives[i - 1]->description.domains;
    gaps.push_back({lives[i - 1], same_domains ? lives[i] : nullptr,
                    lives[i - 1]->samples.back().at, lives[i]->samples.front().at});
  }
  gaps.push_back({lives.back(), nullptr, lives.back()->samples.back().at, last});
  return gaps;
}

}  // namespace

std::string_view to_string(Account account) {
  constexpr std::array<std::string_view, 6> kNames{"dynamic",  "reserved_idle", "idle",
                                                   "platform", "other",         "unmetered"};
  return kNames[static_cast<std::size_t>(account)];
}

double dynamic_fraction(const energy::Domain& domain, double utilisation) {
  const double idle = std::clamp(domain.idle_ratio, 0.0, 1.0);
  const double rise =
      (1 - idle) * std::pow(std::clamp(utilisation, 0.0, 1.0), domain.load_exponent);
  return idle + rise > 0 ? rise / (idle + rise) : 0;
}

void settle(const NodeTrace& node, std::span<const GroupTrace> groups, const PostingSink& sink,
            std::string_view viewpoint) {
  const Attempts attempts{.groups = groups, .observers = Observers(groups, viewpoint)};
  std::vector<const MeterLife*> lives;
  for (const auto& life : node.lives) {
    for (std::size_t domain = 0; domain < life.description.domains.size(); ++domain) {
      if (!life.description.domains[domain].part_of) {
        settle_domain(life, domain, attempts, sink);
      }
    }
    if (!life.samples.empty()) {
      lives.push_back(&life);
    }
  }
  for (const auto& gap : lives.empty() ? std::vector<Gap>() : gaps_of(lives, groups)) {
    post_gap(gap, groups, sink);
  }
}

}  // namespace wattle::ledger
