#include "wattle/hardware/power_points.h"

#include <vector>

#include <gtest/gtest.h>

namespace wattle::hardware {
namespace {

/// A host that draws 10 W and 5 W for each busy CPU, with `others` of its CPUs busy all the time.
class SimulatedHost final : public Exerciser {
 public:
  void rest(Seconds duration) override { pass(duration, 0); }
  void load(int threads, Seconds duration) override { pass(duration, threads); }

  PowerSource source() {
    return {.sample = [this]() -> std::optional<PowerSample> {
              return readable ? std::optional(PowerSample{clock.boot_now(), energy, busy})
                              : std::nullopt;
            },
            .error_cause = "rapl",
            .relative_sigma = 0.05,
            .logical_cpus = 8};
  }

  SimulatedClock clock;
  Joules energy{1000};
  Seconds busy{50};
  double others = 0;
  bool readable = true;
  bool counter_stands_still = false;

 private:
  void pass(Seconds duration, int threads) {
    clock.advance(duration);
    busy += duration * (threads + others);
    if (!counter_stands_still) {
      energy += Watts(10 + 5 * (threads + others)) * duration;
    }
  }
};

TEST(PowerPoints, AreIdleAndThreeLoadsOfAQuietHost) {
  SimulatedHost host;
  const auto points = measure_power_points(host.source(), host, {.granted_cores = 4});
  ASSERT_EQ(points.size(), 4U);
  EXPECT_NEAR(points[0].power.value().value(), 10, 1e-6);
  EXPECT_NEAR(points[0].utilisation, 0, 1e-9);
  EXPECT_NEAR(points[1].power.value().value(), 15, 1e-6);
  EXPECT_NEAR(points[1].utilisation, 0.125, 1e-9);
  EXPECT_NEAR(points[3].power.value().value(), 30, 1e-6);
  EXPECT_NEAR(points[3].utilisation, 0.5, 1e-9);
  EXPECT_NEAR(points[3].power.sigma(), 1.5, 1e-6);
}

TEST(PowerPoints, AreLeftToAQuieterTimeOnABusyHost) {
  SimulatedHost host;
  host.others = 1;
  EXPECT_TRUE(measure_power_points(host.source(), host, {.granted_cores = 4}).empty());
}

TEST(PowerPoints, NeedACounterThatMoves) {
  SimulatedHost unreadable;
  unreadable.readable = false;
  EXPECT_TRUE(measure_power_points(unreadable.source(), unreadable, {}).empty());
  SimulatedHost frozen;
  frozen.counter_stands_still = true;
  EXPECT_TRUE(measure_power_points(frozen.source(), frozen, {}).empty());
}

TEST(HostExerciser, LoadsAndRestsAndReturns) {
  const SystemClock clock;
  HostExerciser exerciser(clock);
  const BootTime start = clock.boot_now();
  exerciser.rest(Seconds(0.002));
  exerciser.load(2, Seconds(0.002));
  EXPECT_GE((clock.boot_now() - start).value(), 0.003);
}

}  // namespace
}  // namespace wattle::hardware
