#include "wattle/energy/host_usage.h"

#include <cmath>

#include <gtest/gtest.h>

#include "wattle/energy/cpu_load.h"
#include "wattle/support/sensor_tree.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::energy {
namespace {

TEST(HostUsage, CountsGuestsOnceAndWaitingAsIdle) {
  // user nice system idle iowait irq softirq steal guest guest_nice
  const auto times = parse_proc_stat(
      "cpu  100 20 30 400 50 6 7 888 90 10\ncpu0 100 20 30 400 50 6 7 888 90 10\nintr 5\n", 100);
  ASSERT_TRUE(times.ok());
  EXPECT_EQ(times->all.busy_microseconds, (100 + 20 + 30 + 6 + 7) * 10'000);
  EXPECT_EQ(times->all.idle_microseconds, 450 * 10'000);
  EXPECT_EQ(times->online, 1U);
}

TEST(HostUsage, TakesCpusThatAreOffline) {
  const auto times = parse_proc_stat("cpu  3 0 0 0\ncpu0 1 0 0 0\ncpu3 2 0 0 0\n", 100);
  ASSERT_TRUE(times.ok());
  EXPECT_EQ(times->online, 2U);
  ASSERT_EQ(times->cpus.size(), 4U);
  EXPECT_EQ(times->cpus[3].busy_microseconds, 20'000);
}

TEST(HostUsage, RefusesAFileOfAnotherForm) {
  EXPECT_EQ(parse_proc_stat("nothing", 100).error().code(), ErrorCode::kParse);
  EXPECT_FALSE(parse_proc_stat("", 100).ok());
}

TEST(HostUsage, DoesNotDecreaseWhenACpuGoesOffline) {
  const support::TemporaryFolder folder;
  RealFileSystem files;
  SimulatedClock clock;
  HostUsage usage(files, clock, folder.path());
  folder.write("proc/stat", "cpu  200 0 0 10\ncpu0 100 0 0 5\ncpu1 100 0 0 5\n");
  const auto before = usage.read();
  folder.write("proc/stat", "cpu  101 0 0 10\ncpu0 101 0 0 5\n");
  clock.advance(Seconds(1));
  const auto after = usage.read();
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(after->all.busy_microseconds, before->all.busy_microseconds);
}

TEST(HostUsage, IsUnknownWhenNoTimeHasPassed) {
  EXPECT_TRUE(std::isnan(utilisation_between({5, 5}, {5, 5})));
  EXPECT_DOUBLE_EQ(utilisation_between({0, 0}, {3, 1}), 0.75);
  EXPECT_DOUBLE_EQ(utilisation_between({0, 9}, {3, 8}), 1.0) << "idle time may step back";
}

TEST(CpuLoad, TellsThePackagesApart) {
  const support::TemporaryFolder folder;
  support::SensorTree tree(folder.path());
  tree.add_host(2, 0.0);
  folder.write("proc/stat", "cpu  0 0 0 0\ncpu0 0 0 0 0\ncpu4 0 0 0 0\ncpu7 0 0 0 0\n");
  RealFileSystem files;
  SimulatedClock clock;
  HostUsage usage(files, clock, folder.path());
  CpuLoad load(SensorFiles(files, folder.path()), usage);
  folder.write("proc/stat", "cpu  100 0 0 200\ncpu0 80 0 0 20\ncpu4 0 0 0 100\ncpu7 20 0 0 80\n");
  clock.advance(Seconds(1));
  load.refresh();
  EXPECT_DOUBLE_EQ(load.of_domain("package-0"), 0.8);
  EXPECT_DOUBLE_EQ(load.of_domain("package-1-die-1"), 0.1);
  EXPECT_DOUBLE_EQ(load.of_domain("core-0"), load.of_host());
  EXPECT_DOUBLE_EQ(load.of_host(), 1.0 / 3);
}

}  // namespace
}  // namespace wattle::energy
