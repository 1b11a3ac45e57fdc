#include "wattle/energy/counter.h"

#include <limits>

#include <gtest/gtest.h>

namespace wattle::energy {
namespace {

BootTime at(double seconds) {
  return BootTime{} + Seconds(seconds);
}

TEST(GuardedCounter, UndoesAWrap) {
  GuardedCounter counter(Microjoules(999));  // a thousand values
  EXPECT_TRUE(counter.update(Microjoules(990), at(0)));
  EXPECT_TRUE(counter.update(Microjoules(5), at(1)));
  EXPECT_EQ(counter.total(), Microjoules(15));
}

TEST(GuardedCounter, RefusesADeltaThatNoHardwareCanDraw) {
  GuardedCounter counter(Microjoules(0));
  EXPECT_TRUE(counter.update(Microjoules(0), at(0)));
  EXPECT_FALSE(counter.update(Microjoules(20'001'000'000), at(2)));  // 20 kJ in two seconds
  EXPECT_EQ(counter.total(), Microjoules(0));
  EXPECT_EQ(counter.faults(), 1U);
  EXPECT_TRUE(counter.update(Microjoules(20'001'000'007), at(3)));
  EXPECT_EQ(counter.total(), Microjoules(7));
}

TEST(GuardedCounter, TakesAStepBackWithoutARangeAsAReset) {
  GuardedCounter counter(Microjoules(0));
  counter.update(Microjoules(1'000'000), at(0));
  EXPECT_FALSE(counter.update(Microjoules(10), at(1)));
  EXPECT_EQ(counter.total(), Microjoules(0));
}

TEST(GuardedCounter, DoesNotTakeAResetBySuspendForAWrap) {
  GuardedCounter counter(Microjoules(65'532'610'987));
  counter.update(Microjoules(30'000'000'000), at(0));
  EXPECT_FALSE(counter.update(Microjoules(1'000), at(8 * 3600)));
  EXPECT_EQ(counter.total(), Microjoules(0));
}

TEST(GuardedCounter, DoesNotTakeAValueAboveItsRangeForAWrap) {
  GuardedCounter counter(Microjoules(100));
  counter.update(Microjoules(500), at(0));
  EXPECT_FALSE(counter.update(Microjoules(400), at(1)));
}

TEST(PowerIntegrator, IsExactForPowerThatRisesInAStraightLine) {
  PowerIntegrator power;
  EXPECT_TRUE(power.update(Watts(10), at(0)));
  EXPECT_TRUE(power.update(Watts(30), at(4)));
  EXPECT_EQ(power.total(), Microjoules(80'000'000));
}

TEST(PowerIntegrator, DoesNotBridgeALongSilence) {
  PowerIntegrator power;
  power.update(Watts(10), at(0));
  EXPECT_FALSE(power.update(Watts(10), at(61)));
  EXPECT_EQ(power.total(), Microjoules(0));
  EXPECT_TRUE(power.update(Watts(10), at(62)));
  EXPECT_EQ(power.total(), Microjoules(10'000'000));
}

TEST(PowerIntegrator, RefusesWhatIsNoPower) {
  PowerIntegrator power;
  for (const double shown : {-1.0, 10'001.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(power.update(Watts(shown), at(1))) << shown;
  }
  EXPECT_EQ(power.faults(), 3U);
}

TEST(Residual, CarriesADeficitIntoTheNextUpdate) {
  Residual rest;
  rest.update(Microjoules(100), Microjoules(40));
  rest.update(Microjoules(110), Microjoules(55));  // five too many
  EXPECT_EQ(rest.total(), Microjoules(0));
  rest.update(Microjoules(130), Microjoules(60));  // fifteen over, less five
  EXPECT_EQ(rest.total(), Microjoules(10));
}

TEST(Residual, ForgetsADeficitThatNoLagExplains) {
  Residual rest;
  rest.update(Microjoules(0), Microjoules(0));
  rest.update(Microjoules(10), Microjoules(1'000'000));
  rest.update(Microjoules(220), Microjoules(1'000'000));  // deficit was cut to 100
  EXPECT_EQ(rest.total(), Microjoules(110));
}

}  // namespace
}  // namespace wattle::energy
