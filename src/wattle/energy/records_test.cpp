#include "wattle/energy/records.h"

#include <cmath>

#include <gtest/gtest.h>

namespace wattle::energy {
namespace {

NodeDescription example_description() {
  return {.meter = "M1",
          .domains = {{.name = "package-0",
                       .component = Component::kCpu,
                       .quality = Quality::kCounter,
                       .source = "powercap intel-rapl:0",
                       .error_cause = "rapl",
                       .relative_sigma = 0.03,
                       .part_of = std::nullopt,
                       .idle_ratio = 0.2,
                       .load_exponent = 0.8},
                      {.name = "core-0", .part_of = 0}},
          .logical_cpus = 8,
          .period = Seconds(0.5)};
}

NodeSample example_sample() {
  return {.at = {123'456'789},
          .energy = {Microjoules(1'000'001), Microjoules(-5)},
          .stale = {false, true},
          .utilisation = {0.25, 1.0},
          .cpu_busy_microseconds = 77,
          .meter_cpu_microseconds = 3,
          .processes = {{.domain = 1, .pid = 4242, .owner = "01J/1", .busy_microseconds = 99}}};
}

TEST(Records, ComeBackAsTheyWereWritten) {
  EXPECT_EQ(*decode_node_description(encode(example_description())), example_description());
  EXPECT_EQ(*decode_node_sample(encode(example_sample())), example_sample());
  const GroupDescription group{
      .run = "01J", .attempt = 2, .project = "p", .reserved_cpus = 1.5, .accounting = "cgroup2"};
  EXPECT_EQ(*decode_group_description(encode(group)), group);
  const GroupSample usage{.at = {5},
                          .cpu_microseconds = 1,
                          .supervisor_cpu_microseconds = 2,
                          .read_bytes = 3,
                          .written_bytes = 4,
                          .memory_bytes = 5,
                          .memory_peak_bytes = 6,
                          .processes = 7};
  EXPECT_EQ(*decode_group_sample(encode(usage)), usage);
}

TEST(Records, CutAnywhereAreRefused) {
  const auto whole = encode(example_sample());
  for (std::size_t length = 0; length < whole.payload.size(); ++length) {
    const Record cut{whole.type, whole.payload.substr(0, length)};
    EXPECT_FALSE(decode_node_sample(cut).ok()) << "cut at " << length;
  }
}

TEST(Records, OfAnotherTypeAreRefused) {
  EXPECT_FALSE(decode_group_sample(encode(example_sample())).ok());
}

TEST(Observation, ComesBackFromItsRecord) {
  const Observation observation{.at = {7},
                                .within = "RUN/2",
                                .ancestry = {{.pid = 12, .start_ticks = 345}, {.pid = 1}},
                                .members = {12, 13}};
  auto record = encode(observation);
  EXPECT_EQ(decode_observation(record).value(), observation);
  record.payload.pop_back();
  EXPECT_FALSE(decode_observation(record).ok());
}

}  // namespace
}  // namespace wattle::energy
