#include "wattle/energy/replay_meter.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "wattle/base/csv.h"
#include "wattle/base/text.h"
#include "wattle/support/requirement.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::energy {
namespace {

constexpr const char* kMlperf = "/energy/mlperf_training_v4.0_power_trace_1node.csv.gz";

/// The rows of one run, read here without the code under test. Seconds, watts, joules.
struct RecordedRun {
  std::vector<double> seconds;
  std::vector<double> watts;
  double length = 0;

  double power_at(double instant) const {
    std::size_t i = 1;
    while (i + 1 < seconds.size() && seconds[i] < instant) {
      ++i;
    }
    const double share = (instant - seconds[i - 1]) / (seconds[i] - seconds[i - 1]);
    return watts[i - 1] + share * (watts[i] - watts[i - 1]);
  }
  /// Trapezoid over [0, length], with the ends interpolated.
  double energy() const {
    double sum = 0;
    double last = 0;
    double last_power = power_at(0);
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      if (seconds[i] > 0 && seconds[i] < length) {
        sum += (seconds[i] - last) * (watts[i] + last_power) / 2;
        last = seconds[i];
        last_power = watts[i];
      }
    }
    return sum + (length - last) * (power_at(length) + last_power) / 2;
  }
};

std::map<std::string, RecordedRun> read_recorded(const std::string& path) {
  std::map<std::string, RecordedRun> runs;
  const auto reader = CsvReader::open(path).value();
  for (const auto* row = reader->next().value(); row != nullptr; row = reader->next().value()) {
    auto& run = runs[row->at(0) + "/" + row->at(1) + "/" + row->at(2)];
    run.seconds.push_back(std::stod(row->at(3)) / 1000);
    run.watts.push_back(std::stod(row->at(4)));
    run.length = std::stod(row->at(5)) / 1000;
  }
  return runs;
}

/// Energy of the run as the meter sees it when it is read every `step` seconds.
double replayed_energy(const PowerTrace& trace, double step) {
  SimulatedClock clock;
  const auto meter = ReplayMeter::create({trace}, clock, Seconds(0)).value();
  const BootTime begin = clock.boot_now();
  const double length = trace.run_length.value();
  Reading reading;
  for (double at = step; at < length; at += step) {
    clock.advance(begin + Seconds(at) - clock.boot_now());
    reading = meter->read();
  }
  clock.advance(begin + Seconds(length) - clock.boot_now());
  return to_joules(meter->read().energy.front()).value();
}

class MlperfReplay : public ::testing::TestWithParam<std::pair<double, double>> {};

TEST_P(MlperfReplay, AgreesWithTheTrapezoidOfEachRun) {
  const auto data = support::data_folder();
  WATTLE_SKIP_WITHOUT("data", data.has_value());
  const auto [step, tolerance] = GetParam();
  const auto recorded = read_recorded(*data + kMlperf);
  const auto traces = read_power_traces(*data + kMlperf);
  ASSERT_TRUE(traces.ok()) << traces.error().message();
  ASSERT_EQ(traces->size(), 12U);
  ASSERT_EQ(recorded.size(), traces->size());
  for (const auto& trace : *traces) {
    const double truth = recorded.at(trace.name).energy();
    const double error = replayed_energy(trace, step) / truth - 1;
    EXPECT_LT(std::abs(error), tolerance) << trace.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, MlperfReplay,
                         ::testing::Values(std::pair(1.0, 0.005), std::pair(2.0, 0.005),
                                           std::pair(15.0, 0.02)),
                         [](const auto& test) {
                           return "EverySeconds" + std::to_string(std::lround(test.param.first));
                         });

TEST(ReplayMeter, ReadsDomainsSideBySide) {
  const support::TemporaryFolder folder;
  const auto path = folder.write("trace.csv",
                                 "time_seconds,domain,watts\n0,cpu,10\n0,gpu-0,100\n"
                                 "10,cpu,30\n10,gpu-0,100\n");
  SimulatedClock clock;
  const auto meter =
      ReplayMeter::create(read_power_traces(path).value(), clock, Seconds(0)).value();
  EXPECT_EQ(meter->domains()[0].component, Component::kCpu);
  EXPECT_EQ(meter->domains()[1].component, Component::kGpu);
  clock.advance(Seconds(5));
  EXPECT_EQ(meter->read().energy,
            (std::vector<Microjoules>{Microjoules(75'000'000), Microjoules(500'000'000)}));
}

TEST(ReplayMeter, IsStaleAfterItsEnd) {
  const support::TemporaryFolder folder;
  const auto path = folder.write("trace.csv", "seconds,joules\n0,5\n2,25\n");
  SimulatedClock clock;
  const auto meter =
      ReplayMeter::create(read_power_traces(path).value(), clock, Seconds(0)).value();
  EXPECT_EQ(meter->domains()[0].quality, Quality::kCounter);
  clock.advance(Seconds(3));
  EXPECT_EQ(meter->read().energy[0], Microjoules(20'000'000));
  clock.advance(Seconds(1));
  const auto after = meter->read();
  EXPECT_TRUE(after.stale[0]);
  EXPECT_EQ(after.energy[0], Microjoules(20'000'000));
}

TEST(PowerTrace, NamesTheLineThatIsWrong) {
  const support::TemporaryFolder folder;
  const std::pair<std::string, std::string> wrong[] = {
      {"time_seconds,watts\n0,1\n0,2\n", ":3"},   {"time_seconds,watts\n0,1\n1,-2\n", ":3"},
      {"time_seconds,watts\n0,x\n", ":2"},        {"time_seconds,joules\n0,2\n1,1\n", ":3"},
      {"time_seconds,volts\n0,2\n", "watts"},     {"when,watts\n0,2\n", "time_seconds"},
      {"time_seconds,watts\n0,2\n", "two points"}};
  for (const auto& [text, part] : wrong) {
    const auto path = folder.write("trace.csv", text);
    const auto traces = read_power_traces(path);
    ASSERT_FALSE(traces.ok()) << text;
    EXPECT_EQ(traces.error().code(), ErrorCode::kParse);
    EXPECT_NE(traces.error().message().find(part), std::string::npos) << traces.error().message();
  }
}

}  // namespace
}  // namespace wattle::energy
