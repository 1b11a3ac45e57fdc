#include <gtest/gtest.h>

#include "wattle/job/run_desk.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::job {
namespace {

TEST(ZoneOf, TheFlagComesBeforeTheEnvironmentAndThatBeforeTheFile) {
  Request request;
  EXPECT_EQ(zone_of(request, {}), std::nullopt);
  request.job.carbon.zone = "DE";
  EXPECT_EQ(zone_of(request, {{"WATTLE_ZONE", ""}}), "DE");
  EXPECT_EQ(zone_of(request, {{"WATTLE_ZONE", "FR"}}), "FR");
  request.zone = "NO";
  EXPECT_EQ(zone_of(request, {{"WATTLE_ZONE", "FR"}}), "NO");
}

TEST(PowerModel, IsTheCalibratedOneWhereThereIsOne) {
  const support::TemporaryFolder folder;
  RealFileSystem files;
  const store::Home home(folder.path());
  hardware::HostDescription host;
  host.cpu.model = "Some CPU";
  host.cpu.logical_cpus = 4;
  const auto prior = power_model(files, home, host);
  EXPECT_EQ(prior.calibration_points(), 0);

  const std::vector<energy::CalibrationPoint> points{
      {.activity = {.load = 0, .relative_frequency = {}}, .power = prior.idle().value() * 1.1},
      {.activity = {.load = 1, .relative_frequency = {}}, .power = prior.power(1).value() * 1.1}};
  ASSERT_TRUE(files.make_directories(home.root() + "/meter").ok());
  ASSERT_TRUE(files.write_atomic(home.cpu_model(), prior.calibrate(points).serialise()).ok());
  EXPECT_EQ(power_model(files, home, host).calibration_points(), 2);

  ASSERT_TRUE(files.write_atomic(home.cpu_model(), "nonsense").ok());
  EXPECT_EQ(power_model(files, home, host).calibration_points(), 0);
}

}  // namespace
}  // namespace wattle::job
