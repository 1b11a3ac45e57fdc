#include "wattle/energy/powercap_meter.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/support/denying_file_system.h"
#include "wattle/support/requirement.h"
#include "wattle/support/sensor_tree.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::energy {
namespace {

std::vector<std::string> names_of(const Meter& meter) {
  std::vector<std::string> names;
  for (const auto& domain : meter.domains()) {
    names.push_back(domain.name);
  }
  return names;
}

class PowercapMeterTest : public ::testing::Test {
 protected:
  std::unique_ptr<PowercapMeter> open() {
    return PowercapMeter::create(files_, clock_, folder_.path(), findings_).value();
  }
  void show(support::SensorTree& tree, double seconds) {
    clock_.advance(Seconds(seconds - shown_));
    shown_ = seconds;
    tree.show(seconds);
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
  std::vector<Finding> findings_;
  double shown_ = 0;
};

TEST_F(PowercapMeterTest, NamesTheDomainsOfAClient) {
  support::make_intel_client(folder_.path());
  const auto meter = open();
  EXPECT_EQ(names_of(*meter),
            (std::vector<std::string>{"package-0", "core-0", "uncore-0", "dram-0", "board"}));
  const auto& domains = meter->domains();
  EXPECT_EQ(domains[1].part_of, 0U);
  EXPECT_EQ(domains[2].part_of, 0U);
  EXPECT_EQ(domains[3].part_of, std::nullopt) << "memory is counted beside the package";
  EXPECT_EQ(domains[3].component, Component::kDram);
  EXPECT_EQ(domains[4].component, Component::kBoard);
  EXPECT_EQ(domains[0].source, "powercap intel-rapl:0");
}

TEST_F(PowercapMeterTest, NamesTheDomainsOfTwoPackages) {
  support::make_intel_server(folder_.path());
  EXPECT_EQ(names_of(*open()),
            (std::vector<std::string>{"package-0", "dram-0", "package-1", "dram-1"}));
}

TEST_F(PowercapMeterTest, MetersEachDomain) {
  auto tree = support::make_intel_client(folder_.path());
  const auto meter = open();
  show(tree, 45);
  const auto reading = meter->read();
  const std::vector<support::Load> truth{
      support::kPackage0, support::kCores, {0.5, 0, 60}, support::kDram, support::kBoard};
  for (std::size_t i = 0; i < truth.size(); ++i) {
    EXPECT_NEAR(to_joules(reading.energy[i]).value(), truth[i].energy_until(45), 1e-5) << i;
  }
}

TEST_F(PowercapMeterTest, TellsThatTheKernelHidesTheCounters) {
  support::make_intel_client(folder_.path());
  support::DenyingFileSystem denying("energy_uj");
  const auto meter = PowercapMeter::create(denying, clock_, folder_.path(), findings_);
  ASSERT_FALSE(meter.ok());
  EXPECT_EQ(meter.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_NE(meter.error().message().find("wattle doctor --fix rapl"), std::string::npos);
  ASSERT_EQ(findings_.size(), 5U);
  EXPECT_EQ(findings_.front().kind, FindingKind::kDenied);
  EXPECT_EQ(findings_.front().remedy, "wattle doctor --fix rapl");
}

TEST_F(PowercapMeterTest, TellsThatTheKernelHidesTheCountersFromAnotherUser) {
  WATTLE_SKIP_WITHOUT("root", ::geteuid() == 0);  // to become somebody else
  support::make_amd(folder_.path());
  ::chmod(folder_.path().c_str(), 0755);
  for (const char* zone : {"intel-rapl:0", "intel-rapl:0:0"}) {
    ::chmod((folder_ / "sys/class/powercap/" + zone + "/energy_uj").c_str(), 0400);
  }
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    const bool dropped = ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
    const auto meter = PowercapMeter::create(files_, clock_, folder_.path(), findings_);
    ::_exit(dropped && !meter && meter.error().code() == ErrorCode::kPermissionDenied ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(PowercapMeterTest, IsUnavailableWithoutCounters) {
  support::make_bare(folder_.path());
  const auto meter = PowercapMeter::create(files_, clock_, folder_.path(), findings_);
  ASSERT_FALSE(meter.ok());
  EXPECT_EQ(meter.error().code(), ErrorCode::kUnavailable);
}

TEST_F(PowercapMeterTest, KeepsTheOthersWhenAZoneVanishes) {
  auto tree = support::make_intel_server(folder_.path());
  const auto meter = open();
  show(tree, 1);
  tree.remove("/sys/class/powercap/intel-rapl:1");
  tree.remove("/sys/class/powercap/intel-rapl:1:0");
  const auto reading = meter->read();
  EXPECT_EQ(reading.stale, (std::vector<bool>{false, false, true, true}));
  EXPECT_GT(reading.energy[0], Microjoules(0));
}

TEST_F(PowercapMeterTest, CountsAndSkipsAFaultyValue) {
  auto tree = support::make_amd(folder_.path());
  const auto meter = open();
  show(tree, 1);
  const auto before = meter->read();
  tree.write("/sys/class/powercap/intel-rapl:0/energy_uj", "64000000000\n");
  clock_.advance(Seconds(1));
  const auto reading = meter->read();
  EXPECT_TRUE(reading.stale[0]);
  EXPECT_EQ(reading.energy[0], before.energy[0]);
  EXPECT_EQ(meter->faults(), 1U);
  tree.write("/sys/class/powercap/intel-rapl:0/energy_uj", "garbage\n");
  EXPECT_TRUE(meter->read().stale[0]);
}

TEST_F(PowercapMeterTest, HoldsTheBoardBackWhileAPartIsSilent) {
  auto tree = support::make_intel_client(folder_.path());
  const auto meter = open();
  show(tree, 10);
  const auto before = meter->read();
  show(tree, 20);
  tree.write("/sys/class/powercap/intel-rapl:0:2/energy_uj", "");
  const auto silent = meter->read();
  EXPECT_TRUE(silent.stale[4]);
  EXPECT_EQ(silent.energy[4], before.energy[4]);
  show(tree, 30);
  EXPECT_NEAR(to_joules(meter->read().energy[4]).value(), support::kBoard.energy_until(30), 1e-5);
}

TEST_F(PowercapMeterTest, LeavesOutAPlatformCounterWithoutPackage) {
  support::SensorTree tree(folder_.path());
  tree.add_zone("intel-rapl:0", "psys", {support::kBoard});
  tree.add_zone("intel-rapl:1", "dram", {support::kDram});
  EXPECT_EQ(names_of(*open()), (std::vector<std::string>{"dram"}));
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_.front().kind, FindingKind::kUnused);
}

}  // namespace
}  // namespace wattle::energy
