#include "wattle/energy/nvml_meter.h"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::energy {
namespace {

class NvmlMeterTest : public ::testing::Test {
 protected:
  NvmlMeterTest() { ::setenv("WATTLE_FAKE_NVML_STATE", (folder_ / "state").c_str(), 1); }

  void say(const std::string& state) { folder_.write("state", state); }
  Result<std::unique_ptr<NvmlMeter>> open() {
    return NvmlMeter::create(files_, clock_, {.library = WATTLE_FAKE_NVML, .root = folder_.path()},
                             findings_);
  }
  /// As a process of an attempt of ours has it.
  void add_process(int pid, const std::string& owner) {
    using std::string_literals::operator""s;
    folder_.write("proc/" + std::to_string(pid) + "/environ",
                  "PATH=/bin\0WATTLE_ATTEMPT="s + owner + "\0HOME=/\0"s);
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
  std::vector<Finding> findings_;
};

TEST_F(NvmlMeterTest, PrefersTheEnergyCounter) {
  say("gpus 2\n0.energy 1000\n0.power 5\n1.power 100000\n");
  const auto meter = open().value();
  ASSERT_EQ(meter->domains().size(), 2U);
  EXPECT_EQ(meter->domains()[0].quality, Quality::kCounter);
  EXPECT_EQ(meter->domains()[0].source, "nvml GPU-fake-0 Fake H100");
  EXPECT_EQ(meter->domains()[1].quality, Quality::kIntegrated);
  EXPECT_GT(meter->domains()[1].relative_sigma, meter->domains()[0].relative_sigma);
  clock_.advance(Seconds(2));
  say("gpus 2\n0.energy 4000\n1.power 200000\n");
  const auto reading = meter->read();
  EXPECT_EQ(reading.energy[0], Microjoules(3'000'000));
  EXPECT_EQ(reading.energy[1], Microjoules(300'000'000));
}

TEST_F(NvmlMeterTest, GoesOnWithTheOthersWhenAGpuIsLost) {
  say("gpus 2\n0.energy 0\n1.energy 0\n");
  const auto meter = open().value();
  clock_.advance(Seconds(1));
  say("gpus 2\n0.energy 5\n0.fail.energy 15\n1.energy 7\n");
  const auto reading = meter->read();
  EXPECT_EQ(reading.stale, (std::vector<bool>{true, false}));
  EXPECT_EQ(reading.energy[1], Microjoules(7'000));
  EXPECT_TRUE(std::isnan(reading.utilisation[0]));
}

TEST_F(NvmlMeterTest, LeavesOutAGpuThatTellsNeitherEnergyNorPower) {
  say("gpus 2\n1.energy 0\n");
  const auto meter = open().value();
  ASSERT_EQ(meter->domains().size(), 1U);
  EXPECT_EQ(meter->domains()[0].name, "gpu-1");
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_EQ(findings_[0].kind, FindingKind::kFaulty);
}

TEST_F(NvmlMeterTest, IsUnavailableWithoutDriverOrLibrary) {
  say("");
  EXPECT_EQ(open().error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(open().error().message().find("Driver Not Loaded"), std::string::npos);
  const auto none = NvmlMeter::create(files_, clock_, {.library = "/none.so"}, findings_);
  EXPECT_EQ(none.error().code(), ErrorCode::kUnavailable);
}

TEST_F(NvmlMeterTest, AddsUpTheUseOfProcessesAndFindsTheirOwners) {
  add_process(11, "01RUN/2");
  const std::string base = "gpus 1\n0.energy 0\n0.util 60\n";
  say(base + "0.sample 11 1000000 50\n");
  const auto meter = open().value();
  clock_.advance(Seconds(1));
  // Process 11 in two samples of half a second, a stranger in one of a whole second.
  say(base + "0.sample 11 1500000 40\n0.sample 11 2000000 80\n0.sample 12 2000000 10\n");
  const auto reading = meter->read();
  ASSERT_EQ(reading.processes.size(), 2U);
  EXPECT_EQ(reading.processes[0].owner, "01RUN/2");
  EXPECT_EQ(reading.processes[0].busy_microseconds, 600'000);
  EXPECT_EQ(reading.processes[1].pid, 12);
  EXPECT_EQ(reading.processes[1].owner, "");
  EXPECT_EQ(reading.processes[1].busy_microseconds, 100'000);
  EXPECT_DOUBLE_EQ(reading.utilisation[0], 0.6);
  clock_.advance(Seconds(1));
  EXPECT_EQ(meter->read().processes[0].busy_microseconds, 600'000) << "no sample twice";
}

TEST_F(NvmlMeterTest, BooksNoBusyTimeForWhenTheGpuWasIdle) {
  const std::string base = "gpus 1\n0.energy 0\n0.util 0\n";
  say(base + "0.sample 11 1000000 50\n");
  const auto meter = open().value();
  say(base);
  clock_.advance(Seconds(600));
  static_cast<void>(meter->read());
  clock_.advance(Seconds(1));
  say(base + "0.sample 51 602000000 100\n");
  EXPECT_EQ(meter->read().processes.back().busy_microseconds, 1'000'000);
}

TEST_F(NvmlMeterTest, SharesEquallyWhereTheDriverDoesNotTellUseByProcess) {
  add_process(21, "01RUN/1");
  const std::string state =
      "gpus 1\n0.energy 0\n0.util 50\n0.fail.samples 3\n0.running 21\n0.running 22\n";
  say(state);
  const auto meter = open().value();
  clock_.advance(Seconds(4));
  const auto reading = meter->read();
  ASSERT_EQ(reading.processes.size(), 2U);
  EXPECT_EQ(reading.processes[0].busy_microseconds, 1'000'000);
  EXPECT_EQ(reading.processes[0].owner, "01RUN/1");
  EXPECT_EQ(reading.processes[1].busy_microseconds, 1'000'000);
}

TEST_F(NvmlMeterTest, SaysThatAPartitionedGpuIsMeteredWhole) {
  say("gpus 1\n0.energy 0\n0.mig 1\n0.fail.samples 3\n0.running 31\n");
  const auto meter = open().value();
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_NE(findings_[0].message.find("MIG"), std::string::npos);
  clock_.advance(Seconds(1));
  EXPECT_EQ(meter->read().processes[0].busy_microseconds, 1'000'000);
}

TEST_F(NvmlMeterTest, ForgetsProcessesThatAreLongGone) {
  say("gpus 1\n0.energy 0\n0.fail.samples 3\n0.util 1\n0.running 41\n");
  const auto meter = open().value();
  say("gpus 1\n0.energy 0\n0.fail.samples 3\n0.util 1\n");
  clock_.advance(Seconds(59));
  EXPECT_EQ(meter->read().processes.size(), 1U);
  clock_.advance(Seconds(2));
  EXPECT_EQ(meter->read().processes.size(), 0U);
}

}  // namespace
}  // namespace wattle::energy
