#include "wattle/hardware/power_calibration.h"

#include <gtest/gtest.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::hardware {
namespace {

/// Two packages, the cores of the first, a model and memory.
class FakeMeter final : public energy::Meter {
 public:
  explicit FakeMeter(Quality quality) {
    const auto domain = [&](const char* name, energy::Component component) {
      return energy::Domain{.name = name,
                            .component = component,
                            .quality = quality,
                            .source = "",
                            .error_cause = "rapl",
                            .relative_sigma = 0.05,
                            .part_of = {}};
    };
    domains_ = {
        domain("package-0", energy::Component::kCpu), domain("package-1", energy::Component::kCpu),
        domain("core-0", energy::Component::kCpu), domain("dram", energy::Component::kDram)};
    domains_[2].part_of = 0;
  }
  const std::vector<energy::Domain>& domains() const override { return domains_; }
  energy::Reading read() override {
    return {.at = {7},
            .energy = {Microjoules(1'000'000), Microjoules(2'000'000), Microjoules(500'000),
                       Microjoules(9'000'000)},
            .stale = {false, stale, false, false},
            .utilisation = {},
            .processes = {}};
  }
  bool stale = false;

 private:
  std::vector<energy::Domain> domains_;
};

class ProcessorCounter : public ::testing::Test {
 protected:
  energy::OpenedMeters meters(std::unique_ptr<FakeMeter> meter) {
    EXPECT_TRUE(files_.make_directories(folder_ / "proc").ok());
    EXPECT_TRUE(
        files_
            .write_atomic(folder_ / "proc/stat",
                          "cpu  200 0 100 700 0 0 0 0 0 0\ncpu0 200 0 100 700 0 0 0 0 0 0\n")
            .ok());
    return {.usage = std::make_unique<energy::HostUsage>(files_, clock_, folder_.path()),
            .meter = std::move(meter),
            .findings = {}};
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
};

TEST_F(ProcessorCounter, AddsUpThePackagesAndNothingElse) {
  const auto opened = meters(std::make_unique<FakeMeter>(Quality::kCounter));
  const auto source = processor_counter(opened, 4);
  ASSERT_TRUE(source.has_value());
  const auto sample = source->sample();
  ASSERT_TRUE(sample.has_value());
  EXPECT_DOUBLE_EQ(sample->energy.value(), 3);
  EXPECT_DOUBLE_EQ(sample->busy.value(), 3);
  EXPECT_EQ(source->error_cause, "rapl");
}

TEST_F(ProcessorCounter, HasNoSampleWhileACounterCannotBeRead) {
  auto meter = std::make_unique<FakeMeter>(Quality::kCounter);
  meter->stale = true;
  const auto opened = meters(std::move(meter));
  EXPECT_FALSE(processor_counter(opened, 4)->sample().has_value());
}

TEST_F(ProcessorCounter, IsNotAModel) {
  const auto opened = meters(std::make_unique<FakeMeter>(Quality::kModelled));
  EXPECT_FALSE(processor_counter(opened, 4).has_value());
}

TEST(FitToPoints, MovesTheModelTowardsThem) {
  const auto prior =
      energy::CpuPowerModel::prior({.model_name = "x", .logical_cpus = 8, .physical_cores = 8});
  std::vector<PowerPoint> points;
  for (const double load : {0.0, 0.5, 1.0}) {
    points.push_back({.utilisation = load,
                      .power = Estimate<Watts>(prior.power(load).value() * 1.3, Quality::kCounter),
                      .window = Seconds(1)});
  }
  const auto fitted = fit_to_points(prior, points);
  EXPECT_EQ(fitted.calibration_points(), 3);
  EXPECT_GT(fitted.idle().value(), prior.idle().value() * 1.1);
  EXPECT_EQ(fit_to_points(prior, {}).calibration_points(), 0);
}

}  // namespace
}  // namespace wattle::hardware
