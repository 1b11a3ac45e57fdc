#include "wattle/hardware/power_points.h"

#include <algorithm>
#include <set>
#include <thread>

#include <poll.h>

#include "wattle/hardware/kernels.h"

namespace wattle::hardware {
namespace {

std::optional<PowerPoint> point_between(const PowerSource& source, const PowerSample& before,
                                        const PowerSample& after) {
  const Seconds window = after.at - before.at;
  const Joules energy = after.energy - before.energy;
  if (window.value() <= 0 || energy.value() <= 0) {
    return std::nullopt;
  }
  const double share = (after.busy - before.busy) / (window * source.logical_cpus);
  return PowerPoint{
      std::clamp(share, 0.0, 1.0),
      Estimate<Watts>(energy / window, source.quality, source.error_cause, source.relative_sigma),
      window};
}

template <typename Action>
std::optional<PowerPoint> measure_during(const PowerSource& source, Action action) {
  const auto before = source.sample();
  if (!before) {
    return std::nullopt;
  }
  action();
  const auto after = source.sample();
  return after ? point_between(source, *before, *after) : std::nullopt;
}

}  // namespace

void HostExerciser::rest(Seconds duration) {
  constexpr double kMillisecondsPerSecond = 1000;
  ::poll(nullptr, 0, static_cast<int>(duration.value() * kMillisecondsPerSecond));
}

void HostExerciser::load(int threads, Seconds duration) {
  const BootTime end = clock_.boot_now() + duration;
  const auto work = [this, end] {
    constexpr std::int64_t kRoundsBetweenLooks = 64;
    const auto arithmetic = make_kernel(Rate::kVectorFp32, {.level = VectorLevel::kAvx2});
    const auto histogram = make_kernel(Rate::kHistogram, {});
    while (clock_.boot_now() < end) {
      arithmetic->run(kRoundsBetweenLooks);
      histogram->run(kRoundsBetweenLooks);
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back(work);
  }
}

std::vector<PowerPoint> measure_power_points(const PowerSource& source, Exerciser& exerciser,
                                             const PowerPlan& plan) {
  const auto idle = measure_during(source, [&] { exerciser.rest(plan.rest); });
  if (!idle || idle->utilisation > plan.quiet_utilisation) {
    return {};
  }
  std::vector<PowerPoint> points = {*idle};
  const std::set<int> loads = {1, std::max(1, plan.granted_cores / 2),
                               std::max(1, plan.granted_cores)};
  for (const int threads : loads) {
    if (auto point = measure_during(source, [&] { exerciser.load(threads, plan.load); })) {
      points.push_back(std::move(*point));
    }
  }
  return points;
}

}  // namespace wattle::hardware
