#include "wattle/energy/node_meter.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "wattle/support/sensor_tree.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::energy {
namespace {

class ScriptedMeter final : public Meter {
 public:
  const std::vector<Domain>& domains() const override { return domains_; }
  Reading read() override {
    energy += Microjoules(5);
    return {.at = {42}, .energy = {energy}, .stale = {false}, .utilisation = {0.5}};
  }
  Microjoules energy{0};

 private:
  std::vector<Domain> domains_{{.name = "cpu"}};
};

class ScriptedSink final : public RecordSink {
 public:
  Status append(const Record& record) override {
    if (full) {
      return Error(ErrorCode::kIo, "no space left on device");
    }
    records.push_back(record);
    return {};
  }
  Status sync() override { return {}; }
  bool full = false;
  std::vector<Record> records;
};

class NodeMeterTest : public ::testing::Test {
 protected:
  NodeMeterTest() { tree_.add_host(1, 0.5); }
  ~NodeMeterTest() override { ::close(descriptor_); }
  std::size_t log_lines() const {
    std::ifstream file(folder_ / "log");
    return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
  }

  support::TemporaryFolder folder_;
  support::SensorTree tree_{folder_.path()};
  RealFileSystem files_;
  SimulatedClock clock_;
  HostUsage usage_{files_, clock_, folder_.path()};
  ScriptedMeter meter_;
  ScriptedSink sink_;
  int descriptor_ = ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  Log log_{clock_, {.descriptor = descriptor_}};
  NodeMeter node_{meter_, usage_, sink_, log_, [] { return std::int64_t{77}; }};
};

TEST_F(NodeMeterTest, WritesWhatItReads) {
  clock_.advance(Seconds(10));
  tree_.show(10);
  const auto at = node_.sample();
  ASSERT_TRUE(at.ok());
  EXPECT_EQ(at->ns, 42);
  ASSERT_EQ(sink_.records.size(), 1U);
  const auto sample = decode_node_sample(sink_.records[0]).value();
  EXPECT_EQ(sample.energy, (std::vector<Microjoules>{Microjoules(5)}));
  EXPECT_EQ(sample.cpu_busy_microseconds, 4 * 5'000'000);
  EXPECT_EQ(sample.meter_cpu_microseconds, 77);
}

TEST_F(NodeMeterTest, LosesNoEnergyToAFullDiskAndSaysSoOnce) {
  ASSERT_TRUE(node_.sample().ok());
  sink_.full = true;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(node_.sample().error().code(), ErrorCode::kIo);
  }
  EXPECT_EQ(log_lines(), 1U);
  sink_.full = false;
  ASSERT_TRUE(node_.sample().ok());
  EXPECT_EQ(log_lines(), 2U);
  const auto last = decode_node_sample(sink_.records.back()).value();
  EXPECT_EQ(last.energy[0], Microjoules(25)) << "the samples that were lost are in the next";
}

TEST_F(NodeMeterTest, DescribesTheNode) {
  const auto description = describe_node(meter_, usage_, "01METER", Seconds(2));
  EXPECT_EQ(description.meter, "01METER");
  EXPECT_EQ(description.logical_cpus, 4U);
  EXPECT_EQ(description.domains, meter_.domains());
  EXPECT_EQ(description.period, Seconds(2));
}

}  // namespace
}  // namespace wattle::energy
