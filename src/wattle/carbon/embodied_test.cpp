#include "wattle/carbon/embodied.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/carbon/sci.h"

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

TEST(Embodied, SharesByTimeAndByResource) {
  const EmbodiedHardware gpu = gpu_embodied();
  const auto hour = embodied_share(gpu, Seconds(3600), 1);
  ASSERT_TRUE(hour.ok());
  // 575 kg over four years are 16 g an hour (spec: Boavizta's H100).
  EXPECT_NEAR(hour->max.value(), 16.4, 0.05);
  EXPECT_NEAR(hour->max / hour->min, 575.0 / 150.0, 1e-9);
  const auto half = embodied_share(gpu, Seconds(3600), 0.5);
  EXPECT_DOUBLE_EQ(half->typical.value(), hour->typical.value() / 2);
  const auto whole = embodied_share(gpu, gpu.lifetime, 1);
  EXPECT_DOUBLE_EQ(whole->typical.value(), gpu.total.typical.value());
}

TEST(Embodied, OfAServerIsTheSumOfItsParts) {
  const auto server = server_embodied({.cpus = 2, .gpus = 8, .ssds = 0, .dram_gigabytes = 1000});
  ASSERT_TRUE(server.ok());
  EXPECT_DOUBLE_EQ(server->total.typical.value(), (1000 + 200 + 1390 + 8 * 164) * 1000.0);
  EXPECT_LT(server->total.min, server->total.typical);
  EXPECT_GT(server->total.max, server->total.typical);
}

TEST(Embodied, OfAVirtualMachineIsItsShareOfTheHost) {
  const auto host = server_embodied({.cpus = 2, .gpus = 0, .ssds = 1, .dram_gigabytes = 384});
  const auto share = virtual_machine_share(*host, Seconds(3600), 24, 96);
  const auto whole = embodied_share(*host, Seconds(3600), 1);
  EXPECT_DOUBLE_EQ(share->typical.value() * 4, whole->typical.value());
  EXPECT_FALSE(virtual_machine_share(*host, Seconds(3600), 97, 96).ok());
}

TEST(Embodied, RefusesWhatCannotBe) {
  EmbodiedHardware server{
      "server", {GramsCo2e(1e6), GramsCo2e(2e6), GramsCo2e(21e6)}, Seconds(1e8), ""};
  EXPECT_THAT(check_embodied(server).error().message(), HasSubstr("21 t is over 20 t"));
  server.total.max = GramsCo2e(20e6);
  EXPECT_TRUE(check_embodied(server).ok());
  server.total.min = GramsCo2e(3e6);
  EXPECT_THAT(check_embodied(server).error().message(), HasSubstr("must rise"));
  EXPECT_FALSE(server_embodied({.cpus = 2, .gpus = 64, .ssds = 0, .dram_gigabytes = 8000}).ok());
  EXPECT_FALSE(server_embodied({.cpus = -1}).ok());
  EXPECT_FALSE(embodied_share(laptop_embodied(), Seconds(1), 1.5).ok());
  EXPECT_FALSE(embodied_share(laptop_embodied(), Seconds(5 * 365.25 * 86400), 1).ok());
}

TEST(Embodied, DefaultsAreOrderedRangesWithASource) {
  for (const auto& hardware : {laptop_embodied(), desktop_embodied(), gpu_embodied()}) {
    EXPECT_TRUE(check_embodied(hardware).ok()) << hardware.name;
    EXPECT_FALSE(hardware.source.empty());
  }
}

TEST(SciScore, IsOperationalAndEmbodiedForEachUnit) {
  Estimate<GramsCo2e> operational(GramsCo2e(100), Quality::kPublished, "intensity", 0.1);
  const EmbodiedRange embodied{GramsCo2e(10), GramsCo2e(20), GramsCo2e(50)};
  const auto score = sci_score(operational, embodied, 10, "epoch");
  ASSERT_TRUE(score.ok());
  EXPECT_DOUBLE_EQ(score->typical.value(), 12);
  EXPECT_NEAR(score->low.value(), (100 - 12.8155 + 10) / 10, 1e-4);
  EXPECT_NEAR(score->high.value(), (100 + 12.8155 + 50) / 10, 1e-4);
  EXPECT_FALSE(sci_score(operational, embodied, 0, "epoch").ok());
}

}  // namespace
}  // namespace wattle::carbon
