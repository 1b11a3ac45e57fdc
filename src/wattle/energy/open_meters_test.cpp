#include "wattle/energy/open_meters.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "wattle/support/denying_file_system.h"
#include "wattle/support/sensor_tree.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::energy {
namespace {

class OpenMetersTest : public ::testing::Test {
 protected:
  OpenedMeters open(FileSystem& files) {
    return open_meters(files, clock_, {.root = folder_.path(), .nvml_library = "/none.so"}).value();
  }
  const Domain& domain(const OpenedMeters& opened, std::string_view name) const {
    const auto& domains = opened.meter->domains();
    const auto found = std::ranges::find(domains, name, &Domain::name);
    EXPECT_NE(found, domains.end()) << name;
    return found == domains.end() ? none_ : *found;
  }
  const Finding& finding(const OpenedMeters& opened, std::string_view subject) const {
    const auto found = std::ranges::find(opened.findings, subject, &Finding::subject);
    EXPECT_NE(found, opened.findings.end()) << subject;
    return found == opened.findings.end() ? nothing_ : *found;
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
  Domain none_;
  Finding nothing_;
};

TEST_F(OpenMetersTest, ModelsProcessorAndMemoryOfABareHost) {
  auto tree = support::make_bare(folder_.path());
  const auto opened = open(files_);
  ASSERT_EQ(opened.meter->domains().size(), 2U);
  EXPECT_EQ(domain(opened, "cpu").quality, Quality::kModelled);
  EXPECT_EQ(domain(opened, "dram").quality, Quality::kModelled);
  EXPECT_GT(domain(opened, "cpu").relative_sigma, 0.02);
  EXPECT_EQ(finding(opened, "cpu").kind, FindingKind::kFallback);
  EXPECT_EQ(finding(opened, "board").kind, FindingKind::kAbsent);
  EXPECT_EQ(finding(opened, "nvml").kind, FindingKind::kAbsent);
  clock_.advance(Seconds(10));
  tree.show(10);
  const auto reading = opened.meter->read();
  EXPECT_NEAR(reading.utilisation[0], 0.5, 0.01);
  EXPECT_GT(to_joules(reading.energy[0]).value(), 10);  // an E5-2670 at half load, ten seconds
  EXPECT_LT(to_joules(reading.energy[0]).value(), 3'000);
}

TEST_F(OpenMetersTest, ModelsOnlyWhatHasNoCounter) {
  support::make_amd(folder_.path());
  const auto opened = open(files_);
  EXPECT_EQ(domain(opened, "package-0").quality, Quality::kCounter);
  EXPECT_EQ(domain(opened, "core-0").part_of, 0U);
  EXPECT_EQ(domain(opened, "dram").quality, Quality::kModelled);
  EXPECT_EQ(opened.meter->domains().size(), 3U);
}

TEST_F(OpenMetersTest, FallsBackAndSaysHowToOpenClosedCounters) {
  support::make_intel_client(folder_.path());
  support::DenyingFileSystem denying("energy_uj");
  const auto opened = open(denying);
  EXPECT_EQ(domain(opened, "cpu").quality, Quality::kModelled);
  EXPECT_EQ(finding(opened, "powercap").kind, FindingKind::kDenied);
  EXPECT_EQ(finding(opened, "powercap").remedy, "wattle doctor --fix rapl");
}

TEST_F(OpenMetersTest, UsesPowercapRatherThanTheSameSocketsInHwmon) {
  auto tree = support::make_amd(folder_.path());
  tree.add_hwmon("hwmon0", "amd_energy", "energy17_input", {support::kPackage0}, false);
  tree.write("/sys/class/hwmon/hwmon0/energy17_label", "Esocket0\n");
  const auto opened = open(files_);
  EXPECT_EQ(domain(opened, "package-0").source, "powercap intel-rapl:0");
  EXPECT_EQ(finding(opened, "hwmon amd_energy hwmon0/energy17_input").kind, FindingKind::kUnused);
}

TEST_F(OpenMetersTest, TakesPowerAtRestOfProcessorsFromTheModel) {
  support::make_intel_server(folder_.path());
  const auto opened = open(files_);
  EXPECT_GT(domain(opened, "package-0").idle_ratio, 0);
  EXPECT_LT(domain(opened, "package-0").idle_ratio, 1);
  EXPECT_EQ(domain(opened, "package-0").idle_ratio, domain(opened, "package-1").idle_ratio);
  EXPECT_NE(domain(opened, "dram-0").idle_ratio, domain(opened, "package-0").idle_ratio);
}

TEST_F(OpenMetersTest, ReplaysATraceInsteadOfSensors) {
  support::make_intel_server(folder_.path());
  const auto trace = folder_.write("trace.csv", "seconds,watts\n5,100\n65,100\n");
  const auto opened = open_meters(files_, clock_, {.root = folder_.path(), .replay = trace});
  ASSERT_TRUE(opened.ok());
  ASSERT_EQ(opened->meter->domains().size(), 1U);
  clock_.advance(Seconds(10));
  EXPECT_EQ(opened->meter->read().energy[0], Microjoules(1'000'000'000));
}

TEST_F(OpenMetersTest, FailsWhereNothingAtAllCanBeRead) {
  const auto opened =
      open_meters(files_, clock_, {.root = folder_ / "none", .nvml_library = "/none.so"});
  EXPECT_FALSE(opened.ok());
}

}  // namespace
}  // namespace wattle::energy
