#include "wattle/job/budget.h"

#include <cmath>

#include <gtest/gtest.h>

namespace wattle::job {
namespace {

constexpr double kWattHour = 3600;  // joules

TEST(Budget, NothingToWatchIsNeverLookedAt) {
  const auto verdict = judge_budget({}, {.time = Seconds(1e9), .energy = Joules(1e9)});
  EXPECT_FALSE(verdict.exhausted);
  EXPECT_FALSE(verdict.look_again);
  EXPECT_FALSE(has_budget({}));
}

TEST(Budget, TimeIsLookedAtWhenItIsOver) {
  const spec::BudgetSpec budget{.time = Seconds(100)};
  EXPECT_EQ(judge_budget(budget, {.time = Seconds(40)}).look_again, Seconds(60));
  const auto over = judge_budget(budget, {.time = Seconds(100)});
  EXPECT_EQ(over.exhausted, "its time budget of 100.0 s is used up");
  EXPECT_FALSE(needs_energy(budget));
}

TEST(Budget, EnergyIsLookedAtAtHalfOfTheTimeThatItLasts) {
  // 1 Wh in 100 s leaves 3 Wh for 300 s at the same rate.
  const spec::BudgetSpec budget{.energy = Joules(4 * kWattHour)};
  const auto verdict =
      judge_budget(budget, {.time = Seconds(100), .energy = Joules(1 * kWattHour)});
  ASSERT_TRUE(verdict.look_again);
  EXPECT_NEAR(verdict.look_again->value(), 150, 1e-9);
  EXPECT_TRUE(needs_energy(budget));
}

TEST(Budget, SaysWhatIsUsedUpInTheUnitsOfItsKey) {
  const Spent spent{.time = Seconds(10),
                    .energy = Joules(1.5 * kWattHour),
                    .emissions = GramsCo2e(7),
                    .money = 0.26};
  EXPECT_EQ(judge_budget({.energy = Joules(kWattHour)}, spent).exhausted,
            "its energy budget of 1 Wh is used up (1.5 Wh)");
  EXPECT_EQ(judge_budget({.emissions = GramsCo2e(7)}, spent).exhausted,
            "its emissions budget of 7 g is used up (7 g)");
  EXPECT_EQ(judge_budget({.cost = "0.25 EUR"}, spent).exhausted,
            "its budget of 0.25 EUR is used up (0.26)");
}

TEST(Budget, TheNearestOfSeveralIsLookedAtFirst) {
  const spec::BudgetSpec budget{.energy = Joules(4 * kWattHour), .time = Seconds(110)};
  const auto verdict =
      judge_budget(budget, {.time = Seconds(100), .energy = Joules(1 * kWattHour)});
  EXPECT_EQ(verdict.look_again, Seconds(10));
}

TEST(Budget, OneThatIsUsedUpIsEnough) {
  const spec::BudgetSpec budget{.energy = Joules(1e9), .emissions = GramsCo2e(1)};
  EXPECT_TRUE(
      judge_budget(budget, {.time = Seconds(1), .energy = Joules(1), .emissions = GramsCo2e(2)})
          .exhausted);
}

TEST(Budget, LooksAreAtLeastASecondAndAtMostTenMinutesApart) {
  const spec::BudgetSpec budget{.energy = Joules(1000)};
  EXPECT_EQ(judge_budget(budget, {.time = Seconds(1000), .energy = Joules(999.9)}).look_again,
            kLeastBudgetInterval);
  EXPECT_EQ(judge_budget(budget, {.time = Seconds(1e6), .energy = Joules(1)}).look_again,
            kMostBudgetInterval);
}

TEST(Budget, AMeterThatIsNotThereYetIsLookedForSoon) {
  const spec::BudgetSpec budget{.energy = Joules(1000)};
  EXPECT_EQ(judge_budget(budget, {.time = Seconds(0.2)}).look_again, kLeastBudgetInterval);
  EXPECT_EQ(judge_budget(budget, {.time = Seconds(5)}).look_again, Seconds(5));
}

TEST(Budget, ARunThatIsNeverMeteredIsLookedAtLessAndLess) {
  const spec::BudgetSpec budget{.energy = Joules(1000)};
  Seconds elapsed{0};
  int looks = 0;
  for (; elapsed < Seconds(86'400); ++looks) {
    elapsed = elapsed + *judge_budget(budget, {.time = elapsed}).look_again;
  }
  EXPECT_LT(looks, 400) << "a day of looks at a statement that has nothing";
}

TEST(Budget, TheNumberOfLooksGrowsWithTheLogarithmOfTheBudget) {
  for (const Joules most : {Joules(1e3), Joules(1e5), Joules(1e7)}) {
    const spec::BudgetSpec budget{.energy = most};
    constexpr double kWatts = 100;
    double at = 1;
    int looks = 0;
    for (;; ++looks) {
      const auto verdict =
          judge_budget(budget, {.time = Seconds(at), .energy = Joules(kWatts * at)});
      if (verdict.exhausted) {
        break;
      }
      at += verdict.look_again->value();
    }
    const double lasts = most.value() / kWatts;
    EXPECT_LE(looks, std::log2(lasts) + 4 + lasts / kMostBudgetInterval.value())
        << most.value() << " J";
    EXPECT_LE(at - lasts, kLeastBudgetInterval.value()) << "the overshoot is one least interval";
  }
}

TEST(Budget, TheFirstLookAtARunWithoutHistoryDoesNotDivideByZero) {
  const auto verdict =
      judge_budget({.energy = Joules(1)}, {.time = Seconds(0), .energy = Joules(0)});
  EXPECT_EQ(verdict.look_again, kLeastBudgetInterval);
}

}  // namespace
}  // namespace wattle::job
