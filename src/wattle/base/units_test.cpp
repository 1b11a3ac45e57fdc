#include "wattle/base/units.h"

#include <gtest/gtest.h>

namespace wattle {
namespace {

template <typename A, typename B>
concept Addable = requires(A a, B b) { a + b; };

TEST(Units, DoNotAddAcrossUnits) {
  static_assert(Addable<Joules, Joules>);
  static_assert(!Addable<Joules, Watts>);
  static_assert(!Addable<Joules, Microjoules>);
  static_assert(!Addable<Joules, double>);
}

TEST(Units, PowerOverTimeAtAnIntensityGivesGrams) {
  const Joules energy = Watts(500) * Seconds(7200);
  EXPECT_DOUBLE_EQ(kilowatt_hours(energy), 1.0);
  EXPECT_DOUBLE_EQ((energy * GramsPerKwh(381.0)).value(), 381.0);
}

}  // namespace
}  // namespace wattle
