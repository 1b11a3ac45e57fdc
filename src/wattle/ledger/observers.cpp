#include "wattle/ledger/observers.h"

#include <algorithm>
#include <tuple>

namespace wattle::ledger {
namespace {

bool observes(const GroupTrace& group) {
  return !group.observations.empty() && !group.observations.front().ancestry.empty();
}

auto seniority(const GroupTrace& group) {
  return std::tuple(group.empty() ? BootTime{} : group.begin(), group.description.owner());
}

/// Is everything that `inner` watches counted for `outer` too, while both are there?
bool contains(const GroupTrace& outer, const GroupTrace& inner) {
  const auto& watched = inner.observations.front();
  if (!observes(outer)) {
    return outer.description.owner() == watched.within;
  }
  const auto& root = outer.observations.front().ancestry.front();
  if (root == watched.ancestry.front()) {
    return seniority(outer) < seniority(inner);
  }
  return std::ranges::count(watched.ancestry, root) > 0;
}

Seconds overlap(BootTime from, BootTime to, BootTime other_from, BootTime other_to) {
  return std::max(Seconds(0), std::min(to, other_to) - std::max(from, other_from));
}

/// The part of the time that `inner` was there within [from, to] in which `outer` was there too.
double shared_part(const GroupTrace& inner, const GroupTrace& outer, BootTime from, BootTime to) {
  if (inner.empty() || outer.empty()) {
    return 0;
  }
  const BootTime begin = std::max(from, inner.begin());
  const BootTime end = std::min(to, inner.end());
  return end > begin ? overlap(begin, end, outer.begin(), outer.end()) / (end - begin) : 0;
}

/// How long within [from, to] the process was among those that the group watched.
Seconds watched_time(const GroupTrace& group, std::int32_t pid, BootTime from, BootTime to) {
  Seconds sum;
  const auto& observations = group.observations;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const BootTime until = i + 1 < observations.size() ? observations[i + 1].at : group.end();
    if (std::ranges::count(observations[i].members, pid) > 0) {
      sum += overlap(from, to, observations[i].at, until);
    }
  }
  return sum;
}

}  // namespace

Observers::Observers(std::span<const GroupTrace> groups, std::string_view viewpoint)
    : groups_(groups), viewpoint_(viewpoint) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!observes(groups[i])) {
      continue;
    }
    Observer observer{.group = i};
    for (std::size_t other = 0; other < groups.size(); ++other) {
      if (other != i && contains(groups[other], groups[i])) {
        observer.containers.push_back(other);
      }
    }
    observers_.push_back(std::move(observer));
  }
}

void Observers::separate(std::span<double> uses, BootTime from, BootTime to) const {
  const std::vector<double> recorded(uses.begin(), uses.end());
  for (const auto& [group, containers] : observers_) {
    // By time and not by use: the counters of the two are not read in the same instant.
    double alone = 1;
    for (const std::size_t container : containers) {
      alone = std::min(alone, 1 - shared_part(groups_[group], groups_[container], from, to));
    }
    uses[group] *= alone;
  }
  for (const auto& [group, containers] : observers_) {
    if (viewpoint_.empty() || groups_[group].description.run != viewpoint_) {
      continue;
    }
    double missing = recorded[group] - uses[group];
    uses[group] = recorded[group];
    for (const std::size_t container : containers) {
      const double taken = std::min(uses[container], missing);
      uses[container] -= taken;
      missing -= taken;
    }
  }
}

std::vector<Observers::Watching> Observers::watching(std::int32_t pid, BootTime from,
                                                     BootTime to) const {
  std::vector<Watching> found;
  for (const auto& observer : observers_) {
    const auto& group = groups_[observer.group];
    const Seconds watched = group.empty() ? Seconds(0) : watched_time(group, pid, from, to);
    if (watched > Seconds(0) && to > from) {
      found.push_back({.group = observer.group, .part = watched / (to - from)});
    }
  }
  return found;
}

}  // namespace wattle::ledger
