#include <gtest/gtest.h>

#include "wattle/job/run_desk.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::job {
namespace {

TEST(ZoneOf, TheFlagComesBeforeTheEnvironmentAndThatBeforeTheFile) {
  Request request;
  EXPECT_EQ(zone_of(request, {}).value(), std::nullopt);
  request.job.carbon.zone = "DE";
  EXPECT_EQ(zone_of(request, {{"WATTLE_ZONE", ""}}).value(), "DE");
  EXPECT_EQ(zone_of(request, {{"WATTLE_ZONE", "FR"}}).value(), "FR");
  request.zone = "NO";
  EXPECT_EQ(zone_of(request, {{"WATTLE_ZONE", "FR"}}).value(), "NO");
  request.zone = "Atlantis";
  EXPECT_EQ(zone_of(request, {}).error().code(), ErrorCode::kInvalidArgument);
}

TEST(PowerModel, IsTheCalibratedOneWhereThereIsOne) {
  const support::TemporaryFolder folder;
  RealFileSystem files;
  const store::Home home(folder.path());
  const std::string root = folder / "host";
  const auto set_processor = [&](const std::string& name) {
    ASSERT_TRUE(files.make_directories(root + "/proc").ok());
    ASSERT_TRUE(
        files.write_atomic(root + "/proc/cpuinfo", "processor: 0\nmodel name: " + name + "\n")
            .ok());
  };
  set_processor("Some CPU");
  const auto prior = power_model(files, home, root);
  EXPECT_EQ(prior.calibration_points(), 0);

  const std::vector<energy::CalibrationPoint> points{
      {.activity = {.load = 0, .relative_frequency = {}}, .power = prior.idle().value() * 1.1},
      {.activity = {.load = 1, .relative_frequency = {}}, .power = prior.power(1).value() * 1.1}};
  ASSERT_TRUE(files.make_directories(home.root() + "/meter").ok());
  ASSERT_TRUE(files.write_atomic(home.cpu_model(), prior.calibrate(points).serialise()).ok());
  EXPECT_EQ(power_model(files, home, root).calibration_points(), 2);

  set_processor("Another CPU");
  EXPECT_EQ(power_model(files, home, root).calibration_points(), 0);
  set_processor("Some CPU");
  ASSERT_TRUE(files.write_atomic(home.cpu_model(), "nonsense").ok());
  EXPECT_EQ(power_model(files, home, root).calibration_points(), 0);
}

}  // namespace
}  // namespace wattle::job
