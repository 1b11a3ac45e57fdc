#include "wattle/job/admission.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace wattle::job {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-9;  // CPUs: sums of fractions are not exact

/// What is free at an instant.
struct Room {
  double cpus = 0;
  std::int64_t memory_bytes = 0;
  bool counts_memory = false;
  std::vector<int> gpus;

  bool fits(const Needs& needs) const {
    return needs.cpus <= cpus + kRounding &&
           (!counts_memory || needs.memory_bytes <= memory_bytes) &&
           needs.gpus <= static_cast<std::int64_t>(gpus.size());
  }

  /// The GPUs that the job gets: those of the lowest indices. REQUIRES: fits(needs).
  std::vector<int> take(const Needs& needs) {
    cpus -= needs.cpus;
    memory_bytes -= needs.memory_bytes;
    const auto end = gpus.begin() + needs.gpus;
    std::vector<int> given(gpus.begin(), end);
    gpus.erase(gpus.begin(), end);
    return given;
  }

  void take(const RunningJob& job) {
    cpus -= job.is_frozen ? 0 : job.needs.cpus;
    memory_bytes -= job.needs.memory_bytes;
    std::erase_if(gpus,
                  [&](int gpu) { return std::ranges::find(job.gpus, gpu) != job.gpus.end(); });
  }

  void release(const RunningJob& job) {
    cpus += job.is_frozen ? 0 : job.needs.cpus;
    memory_bytes += job.needs.memory_bytes;
    gpus.insert(gpus.end(), job.gpus.begin(), job.gpus.end());
  }
};

Room room_of(const Capacity& capacity) {
  Room room{.cpus = capacity.cpus,
            .memory_bytes = capacity.memory_bytes,
            .counts_memory = capacity.memory_bytes > 0,
            .gpus = capacity.gpus};
  std::ranges::sort(room.gpus);
  return room;
}

double seconds_of(const std::optional<Seconds>& time) {
  return time ? time->value() : kNever;
}

/// When `needs` surely fit, if nobody else starts: the end of the job that frees the last of it.
double earliest_start(Room room, std::vector<RunningJob> running, const Needs& needs) {
  std::ranges::sort(running, {}, [](const RunningJob& job) { return seconds_of(job.at_most); });
  for (const auto& job : running) {
    room.release(job);
    if (room.fits(needs)) {
      return seconds_of(job.at_most);
    }
  }
  return kNever;
}

}  // namespace

std::vector<Admission> admit(const Capacity& capacity, std::span<const RunningJob> running,
                             std::span<const WaitingJob> waiting) {
  Room room = room_of(capacity);
  std::vector<RunningJob> busy(running.begin(), running.end());
  for (const auto& job : busy) {
    room.take(job);
  }
  std::vector<WaitingJob> queue(waiting.begin(), waiting.end());
  std::ranges::stable_sort(queue, std::ranges::greater(), &WaitingJob::priority);

  std::vector<Admission> admitted;
  std::optional<double> first_starts;  // of the first that does not fit
  for (const auto& job : queue) {
    if (!impossible_needs(capacity, job.needs).empty()) {
      continue;  // it waits for another host, and holds no place on this one
    }
    const bool is_in_time = !first_starts || seconds_of(job.at_most) < *first_starts;
    if (room.fits(job.needs) && is_in_time) {
      auto gpus = room.take(job.needs);
      busy.push_back({.needs = job.needs, .gpus = gpus, .at_most = job.at_most});
      admitted.push_back({.run = job.run, .gpus = std::move(gpus)});
    } else if (!first_starts) {
      first_starts = earliest_start(room, busy, job.needs);
      if (*first_starts == kNever) {
        break;  // nothing says when it could start, so nothing may go ahead of it
      }
    }
  }
  return admitted;
}

std::string impossible_needs(const Capacity& capacity, const Needs& needs) {
  if (needs.cpus > capacity.cpus + kRounding) {
    return fmt::format("it asks for {} CPUs, and this host grants {}; lower resources.cpus",
                       needs.cpus, capacity.cpus);
  }
  if (capacity.memory_bytes > 0 && needs.memory_bytes > capacity.memory_bytes) {
    return fmt::format(
        "it asks for {} MB of memory, and this host has {} MB; lower "
        "resources.memory",
        needs.memory_bytes / 1'000'000, capacity.memory_bytes / 1'000'000);
  }
  if (needs.gpus > static_cast<std::int64_t>(capacity.gpus.size())) {
    return fmt::format("it asks for {} GPUs, and this host has {}; lower resources.gpus",
                       needs.gpus, capacity.gpus.size());
  }
  return "";
}

}  // namespace wattle::job
