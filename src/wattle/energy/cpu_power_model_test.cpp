#include "wattle/energy/cpu_power_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "wattle/energy/memory_power_model.h"

namespace wattle::energy {
namespace {

CpuDescription server() {
  CpuDescription cpu;
  cpu.model_name = "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz";
  cpu.logical_cpus = 64;
  cpu.physical_cores = 32;
  cpu.sockets = 2;
  return cpu;
}

CpuDescription unknown_processor() {
  CpuDescription cpu = server();
  cpu.model_name = "Zilog Z80000";
  return cpu;
}

CpuDescription virtual_machine(int virtual_cpus) {
  CpuDescription cpu;
  cpu.model_name = "Intel Xeon Processor (Skylake, IBRS)";
  cpu.logical_cpus = virtual_cpus;
  cpu.virtual_machine = true;
  return cpu;
}

/// A host whose real curve is not the model's own: package wake-up, then linear in busy cycles.
Watts real_power(double load, double clock) {
  return Watts(30 + 25 * std::min(1.0, load / 0.1) + 160 * load * clock * clock);
}

std::vector<CalibrationPoint> measured(std::initializer_list<double> loads) {
  std::vector<CalibrationPoint> points;
  for (const double load : loads) {
    const double clock = 0.5 + 0.5 * load;
    points.push_back({{load, clock}, real_power(load, clock)});
  }
  return points;
}

double relative_width(const Estimate<Watts>& estimate) {
  return estimate.sigma() / estimate.value().value();
}

TEST(CpuPowerModel, RisesWithLoadAndStaysAboveZero) {
  const std::vector<CpuPowerModel> models{
      CpuPowerModel::prior(server()), CpuPowerModel::prior(unknown_processor()),
      CpuPowerModel::prior(virtual_machine(4)), CpuPowerModel::prior(CpuDescription{}),
      CpuPowerModel::prior(server()).calibrate(measured({0, 0.25, 1}))};
  for (const auto& model : models) {
    for (const std::optional<double> clock : {std::optional<double>(), std::optional(0.6)}) {
      double before = 0;
      for (int percent = 0; percent <= 100; ++percent) {
        const auto estimate = model.power(CpuActivity{percent / 100.0, clock});
        ASSERT_GT(estimate.value().value(), before) << model.cause() << " at " << percent << " %";
        ASSERT_GE(estimate.low().value(), 0);
        before = estimate.value().value();
      }
    }
  }
}

TEST(CpuPowerModel, FallsWithTheClock) {
  const auto model = CpuPowerModel::prior(server());
  EXPECT_LT(model.power(CpuActivity{0.5, 0.5}).value(), model.power(CpuActivity{0.5, 1.0}).value());
}

TEST(CpuPowerModel, ClampsWhatIsOutOfRange) {
  const auto model = CpuPowerModel::prior(server());
  EXPECT_EQ(model.power(1.03).value(), model.power(1).value());
  EXPECT_EQ(model.power(-0.1).value(), model.idle().value());
  EXPECT_EQ(model.power(std::numeric_limits<double>::infinity()).value(), model.power(1).value());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(model.power(CpuActivity{0.5, nan}).value(), model.power(0.5).value());
  EXPECT_EQ(model.power(CpuActivity{0.5, 1.4}).value(), model.power(CpuActivity{0.5, 1.0}).value());
  EXPECT_TRUE(std::isfinite(model.power(CpuActivity{0.5, -3.0}).value().value()));
}

TEST(CpuPowerModel, AnswersAnUnknownLoadWithTheWholeRange) {
  const auto model = CpuPowerModel::prior(server());
  const auto unknown = model.power(std::numeric_limits<double>::quiet_NaN());
  EXPECT_GT(unknown.value(), model.idle().value());
  EXPECT_LT(unknown.value(), model.power(1).value());
  EXPECT_GT(relative_width(unknown), relative_width(model.power(1)));
}

TEST(CpuPowerModel, SaysThatItIsAModelAndWhose) {
  const auto estimate = CpuPowerModel::prior(server()).power(0.5);
  EXPECT_EQ(estimate.quality(), Quality::kModelled);
  ASSERT_EQ(estimate.errors().size(), 1U);
  EXPECT_EQ(estimate.errors().front().cause, "cpu-model:Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz");
  // Two hours of one host are as uncertain as one: a shared error does not average out.
  EXPECT_NEAR((estimate + estimate).sigma(), 2 * estimate.sigma(), 1e-9);
}

TEST(CpuPowerModel, ScalesWithPackagesAndWithVirtualCpus) {
  CpuDescription one = server();
  one.sockets = 1;
  EXPECT_NEAR(
      CpuPowerModel::prior(server()).power(1).value() / CpuPowerModel::prior(one).power(1).value(),
      2, 1e-9);
  EXPECT_NEAR(CpuPowerModel::prior(virtual_machine(8)).power(0.3).value() /
                  CpuPowerModel::prior(virtual_machine(2)).power(0.3).value(),
              4, 1e-9);
}

TEST(CpuPowerModel, TakesAVirtualCpuFromTheCloudTables) {
  // Skylake, any provider: 0.61 to 0.64 W at rest and 3.9 to 4.2 W busy per virtual CPU.
  const auto model = CpuPowerModel::prior(virtual_machine(10));
  EXPECT_NEAR(model.idle().value().value(), 6.3, 0.3);
  EXPECT_NEAR(model.power(1).value().value(), 40.5, 2);
  EXPECT_NE(model.source().find("skylake"), std::string::npos) << model.source();
}

TEST(CpuPowerModel, IsLessSureOfAProcessorThatItDoesNotKnow) {
  const auto known = CpuPowerModel::prior(server());
  const auto unknown = CpuPowerModel::prior(unknown_processor());
  EXPECT_GT(relative_width(unknown.power(1)), 1.2 * relative_width(known.power(1)));
  EXPECT_NE(unknown.source().find("guessed from 16 cores"), std::string::npos) << unknown.source();
  // Nothing at all is known: still an answer, and a wide one.
  EXPECT_GT(relative_width(CpuPowerModel::prior({}).power(1)), 0.4);
}

TEST(CpuPowerModel, TrustsAGivenRatedPower) {
  CpuDescription cpu = unknown_processor();
  cpu.tdp = Watts(100);
  // 0.12 + 0.65 of the rated power of two packages, by the published medians.
  EXPECT_NEAR(CpuPowerModel::prior(cpu).power(1).value().value(), 200 * (0.12 + 0.648), 1);
}

TEST(CpuPowerModel, LearnsAHostFromThreePoints) {
  const auto prior = CpuPowerModel::prior(server());
  const auto model = prior.calibrate(measured({0, 0.25, 1}));
  EXPECT_EQ(model.calibration_points(), 3);
  double error = 0;
  for (int percent = 5; percent <= 95; percent += 5) {
    const double load = percent / 100.0;
    const double clock = 0.5 + 0.5 * load;
    const Watts real = real_power(load, clock);
    error += std::abs((model.power({load, clock}).value() - real) / real) / 19;
    EXPECT_LT(relative_width(model.power({load, clock})),
              relative_width(prior.power({load, clock})));
  }
  EXPECT_LT(error, 0.15);
}

TEST(CpuPowerModel, ApproachesTheTruthWithManyPoints) {
  std::vector<CalibrationPoint> points;
  for (int i = 0; i <= 200; ++i) {
    points.push_back(measured({i / 200.0}).front());
  }
  const auto model = CpuPowerModel::prior(server()).calibrate(points);
  EXPECT_NEAR(model.power({1, 1.0}).value() / real_power(1, 1), 1, 0.05);
  EXPECT_LT(relative_width(model.power({0.5, 0.75})), 0.1);
}

TEST(CpuPowerModel, LearnsTheSameInOneStepAsInTwo) {
  const auto prior = CpuPowerModel::prior(server());
  const auto at_once = prior.calibrate(measured({0, 0.25, 0.5, 1}));
  const auto in_two = prior.calibrate(measured({0, 1})).calibrate(measured({0.25, 0.5}));
  EXPECT_EQ(in_two.calibration_points(), 4);
  EXPECT_NEAR(at_once.power(0.7).value() / in_two.power(0.7).value(), 1, 0.03);
}

TEST(CpuPowerModel, RejectsReadingsOfASleepingCounterAndOtherNonsense) {
  const auto prior = CpuPowerModel::prior(server());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto model = prior.calibrate(std::vector<CalibrationPoint>{
      {{0, 0.5}, Watts(0.5)},  // 250 W rated: nothing awake draws this
      {{0.5, 0.8}, Watts(nan)},
      {{nan, 0.8}, Watts(100)},
      {{0.5, 0.8}, Watts(-3)},
      {{0.5, 0.8}, Watts(1e6)},
  });
  EXPECT_EQ(model.calibration_points(), 0);
  EXPECT_EQ(model.rejected_points(), 5);
  EXPECT_EQ(model.power(0.5).value(), prior.power(0.5).value());
}

TEST(CpuPowerModel, KeepsItsWidthWhenTheHostScatters) {
  auto steady = measured({0, 0.25, 0.5, 0.75, 1});
  auto scattered = steady;
  for (std::size_t i = 0; i < scattered.size(); ++i) {
    scattered[i].power = scattered[i].power * (i % 2 == 0 ? 1.35 : 0.75);
  }
  const auto prior = CpuPowerModel::prior(server());
  EXPECT_GT(relative_width(prior.calibrate(scattered).power(0.5)),
            1.2 * relative_width(prior.calibrate(steady).power(0.5)));
}

TEST(CpuPowerModel, SurvivesBeingStored) {
  const auto model = CpuPowerModel::prior(server()).calibrate(measured({0, 0.25, 1}));
  const auto read = CpuPowerModel::parse(model.serialise());
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->serialise(), model.serialise());
  EXPECT_EQ(read->power({0.4, 0.7}).value(), model.power({0.4, 0.7}).value());
  EXPECT_EQ(read->power(0.4).sigma(), model.power(0.4).sigma());
  EXPECT_EQ(read->cause(), model.cause());
  EXPECT_EQ(read->calibration_points(), 3);
}

TEST(CpuPowerModel, RefusesDamagedText) {
  const std::string good = CpuPowerModel::prior(server()).serialise();
  EXPECT_FALSE(CpuPowerModel::parse("").ok());
  EXPECT_FALSE(CpuPowerModel::parse("wattle-cpu-model 2\n").ok());
  // Cut anywhere before its last line, it is refused; never a crash.
  for (std::size_t length = 0; length < good.rfind("rejected"); ++length) {
    EXPECT_FALSE(CpuPowerModel::parse(good.substr(0, length)).ok()) << length;
  }
  const auto with = [&good](std::string_view key, std::string_view value) {
    const auto at = good.find(std::string("\n") + std::string(key) + "=") + key.size() + 2;
    std::string text = good;
    return text.replace(at, good.find('\n', at) - at, value);
  };
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"scale_watts", "-1"},
           {"scale_watts", "nan"},
           {"noise_ratio", "0"},
           {"idle_clock_ratio", "2"},
           {"observations", "1e300"},
           {"mean", "1 2 3"},
           {"covariance", "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 -1"},
           {"covariance", "1 5 0 0 0 1 0 0 0 0 1 0 0 0 0 1"}}) {
    const auto read = CpuPowerModel::parse(with(key, value));
    ASSERT_FALSE(read.ok()) << key << "=" << value;
    EXPECT_NE(read.error().message().find("'" + key + "'"), std::string::npos);
  }
}

TEST(CpuPowerModel, StoresANameWithLineBreaksOnOneLine) {
  CpuDescription cpu = server();
  cpu.model_name = "odd\nscale_watts=1";
  const auto model = CpuPowerModel::prior(cpu);
  const auto read = CpuPowerModel::parse(model.serialise());
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->power(1).value(), model.power(1).value());
}

TEST(CpuPowerFit, HasTheGradientOfItsValue) {
  CpuPowerFit fit;
  fit.scale = Watts(150);
  fit.mean = {-2.1, -0.4, 0.9, 0.4};
  constexpr double kStep = 1e-6;
  for (const double load : {0.0, 0.03, 0.4, 1.0}) {
    for (const double clock : {0.4, 1.0}) {
      const auto at = log_power(fit, load, clock);
      for (std::size_t i = 0; i < kCpuParameters; ++i) {
        CpuPowerFit up = fit;
        CpuPowerFit down = fit;
        up.mean[i] += kStep;
        down.mean[i] -= kStep;
        const double numeric =
            (log_power(up, load, clock).value - log_power(down, load, clock).value) / (2 * kStep);
        EXPECT_NEAR(at.gradient[i], numeric, 1e-6) << "load " << load << " parameter " << i;
      }
    }
  }
}

TEST(MemoryPowerModel, FollowsTheGrantedBytes) {
  constexpr std::int64_t kGigabyte = 1'000'000'000;
  const auto power = modelled_memory_power(Bytes(64 * kGigabyte));
  // 0.3725 and 0.392 W/GB are the published factors.
  EXPECT_GT(power.value().value(), 64 * 0.37);
  EXPECT_LT(power.value().value(), 64 * 0.393);
  EXPECT_LT(power.low().value(), 64 * 0.2);
  EXPECT_GT(power.high().value(), 64 * 0.55);
  EXPECT_EQ(power.quality(), Quality::kModelled);
  EXPECT_EQ(modelled_memory_power(Bytes(-1)).value(), Watts(0));
}

}  // namespace
}  // namespace wattle::energy
