#include "wattle/hardware/calibration.h"

#include <cmath>

#include <gtest/gtest.h>

#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/hardware/host_record.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::hardware {
namespace {

class SimulatedCpu final : public CpuTimer {
 public:
  Seconds used() const override { return used_; }
  void work(Seconds duration) { used_ += duration; }

 private:
  Seconds used_{5};
};

/// Takes `per_round` of simulated time for a round, give or take up to `noise` of it.
class SimulatedKernel final : public Kernel {
 public:
  SimulatedKernel(SimulatedCpu& cpu, Seconds per_round, double noise, std::uint64_t seed = 1)
      : cpu_(cpu), per_round_(per_round), noise_(noise), rng_(seed) {}
  double work_per_round() const override { return 100; }
  void run(std::int64_t rounds) override {
    const double factor = 1 + noise_ * (2 * rng_.uniform() - 1);
    cpu_.work(per_round_ * (static_cast<double>(rounds) * factor));
  }
  double checksum() const override { return 0; }

 private:
  SimulatedCpu& cpu_;
  Seconds per_round_;
  double noise_;
  Rng rng_;
};

TEST(MeasureRate, FindsTheRateOfKernelsFastAndSlow) {
  for (const double per_round : {1e-9, 1e-6, 1e-3, 1e-2}) {
    SimulatedCpu cpu;
    SimulatedKernel kernel(cpu, Seconds(per_round), 0);
    const auto rate = measure_rate(kernel, cpu, {.budget = Seconds(0.5)});
    ASSERT_TRUE(rate.ok()) << per_round;
    EXPECT_NEAR(rate->value().value() * per_round, 100, 1e-6);
    EXPECT_EQ(rate->quality(), Quality::kCounter);
  }
}

TEST(MeasureRate, NeverUsesMoreThanItsBudgetAndOneSlowRepetition) {
  Rng rng(20261123);
  for (int trial = 0; trial < 500; ++trial) {
    const double per_round = std::pow(10.0, -8 + 7 * rng.uniform());
    const double noise = 0.5 * rng.uniform();
    const MeasureOptions options{.budget = Seconds(0.1 + rng.uniform()), .repetitions = 7};
    SimulatedCpu cpu;
    SimulatedKernel kernel(cpu, Seconds(per_round), noise, rng());
    const Seconds before = cpu.used();
    static_cast<void>(measure_rate(kernel, cpu, options));
    const double slowdown = (1 + noise) / (1 - noise);  // from one repetition to the next
    const double one_round = per_round * (1 + noise);
    EXPECT_LE((cpu.used() - before).value(),
              options.budget.value() * (1 + (slowdown - 1) / 2) + one_round)
        << "trial " << trial << " per_round " << per_round << " noise " << noise;
  }
}

TEST(MeasureRate, IntervalCoversTheNoiseOfRepetitions) {
  SimulatedCpu cpu;
  SimulatedKernel kernel(cpu, Seconds(1e-6), 0.2);
  const auto rate = measure_rate(kernel, cpu, {.budget = Seconds(1), .repetitions = 25});
  ASSERT_TRUE(rate.ok());
  EXPECT_LT(rate->low().value(), 1e8 * 0.95);
  EXPECT_GT(rate->high().value(), 1e8 * 1.05);
}

TEST(MeasureRate, SaysWhenTheBudgetIsTooSmallOrTheClockStandsStill) {
  SimulatedCpu cpu;
  SimulatedKernel slow(cpu, Seconds(1), 0);
  EXPECT_EQ(measure_rate(slow, cpu, {.budget = Seconds(0.5)}).error().code(),
            ErrorCode::kUnavailable);
  SimulatedKernel frozen(cpu, Seconds(0), 0);
  EXPECT_EQ(measure_rate(frozen, cpu, {.budget = Seconds(0.5)}).error().code(),
            ErrorCode::kUnsupported);
}

TEST(Kernels, ComputeSomethingFiniteThatDependsOnTheWork) {
  for (const Rate rate : kRates) {
    const auto kernel =
        make_kernel(rate, {.level = VectorLevel::kAmx, .working_set = Bytes(1 << 20)});
    kernel->run(3);
    const double after_three = kernel->checksum();
    kernel->run(50);
    EXPECT_TRUE(std::isfinite(kernel->checksum())) << to_string(rate);
    EXPECT_NE(kernel->checksum(), 0) << to_string(rate);
    EXPECT_GT(kernel->work_per_round(), 0) << to_string(rate);
    if (rate == Rate::kHistogram || rate == Rate::kGather || rate == Rate::kRandomAccess) {
      EXPECT_NE(kernel->checksum(), after_three) << to_string(rate);
    }
    EXPECT_EQ(rate_from(to_string(rate)), std::optional(rate));
  }
}

HostDescription small_host() {
  HostDescription host;
  host.cpu.model = "a CPU";
  host.cpu.features = {"avx", "avx2"};
  return host;
}

TEST(Calibration, MeasuresEveryRateOfThisCpu) {
  const SimulatedClock clock;
  const ThreadCpuTimer timer;
  const auto result = calibrate(small_host(), clock, timer,
                                {.budget = Seconds(1.6), .working_set = Bytes(1 << 20)});
  EXPECT_EQ(join(result.missing, ", "), "");
  ASSERT_EQ(result.rates.size(), kRates.size());
  for (const auto& row : result.rates) {
    EXPECT_TRUE(std::isfinite(row.value.value().value())) << to_string(row.rate);
    EXPECT_GT(row.value.value().value(), 0) << to_string(row.rate);
    EXPECT_LE(row.value.low(), row.value.value()) << to_string(row.rate);
  }
  EXPECT_GT(result.cpu_time.value(), 0);
}

Calibration example_calibration(const HostDescription& host) {
  Calibration calibration;
  calibration.fingerprint = fingerprint(host);
  calibration.at = *parse_rfc3339("2026-11-23T18:17:26Z");
  calibration.instruction_set = "avx2+fma";
  calibration.working_set = Bytes(64 << 20);
  calibration.cpu_time = Seconds(3.5);
  Estimate<PerSecond> rate(PerSecond(5e10), Quality::kCounter);
  rate.add_error("calibration repetitions", 1e9);
  calibration.rates.push_back({Rate::kVectorFp32, rate});
  calibration.missing = {"gather_loads_per_second"};
  calibration.power.push_back(
      {0.01, Estimate<Watts>(Watts(12), Quality::kCounter, "rapl", 0.05), Seconds(2)});
  return calibration;
}

class HostRecord : public testing::Test {
 protected:
  RealFileSystem files_;
  support::TemporaryFolder folder_;
};

TEST_F(HostRecord, IsReusedUntilTheHostChanges) {
  const auto host = small_host();
  int measured = 0;
  const auto measure = [&] {
    ++measured;
    return example_calibration(host);
  };
  const std::string home = folder_ / "home";
  ASSERT_TRUE(ensure_calibration(files_, home, host, measure).ok());
  const auto again = ensure_calibration(files_, home, host, measure);
  EXPECT_EQ(measured, 1);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->at, example_calibration(host).at);
  EXPECT_EQ(again->missing.size(), 1U);
  const auto rate = again->find(Rate::kVectorFp32);
  ASSERT_TRUE(rate.has_value());
  EXPECT_DOUBLE_EQ(rate->value().value(), 5e10);
  EXPECT_DOUBLE_EQ(rate->sigma(), 1e9);
  ASSERT_EQ(again->power.size(), 1U);
  EXPECT_DOUBLE_EQ(again->power[0].power.sigma(), 0.6);

  auto other = host;
  other.cpu.model = "another CPU";
  EXPECT_FALSE(load_calibration(files_, home, other)->has_value());
}

TEST_F(HostRecord, DamagedIsAnErrorToReadAndMeasuredAnew) {
  const auto host = small_host();
  for (const std::string_view text :
       {"", "{", "[]", "{\"calibration\":{}}", "{\"calibration\":{\"fingerprint\":7}}"}) {
    folder_.write("host.json", text);
    EXPECT_EQ(load_calibration(files_, folder_.path(), host).error().code(), ErrorCode::kParse)
        << text;
  }
  EXPECT_TRUE(ensure_calibration(files_, folder_.path(), host, [&] {
                return example_calibration(host);
              }).ok());
  EXPECT_TRUE(load_calibration(files_, folder_.path(), host)->has_value());
}

}  // namespace
}  // namespace wattle::hardware
