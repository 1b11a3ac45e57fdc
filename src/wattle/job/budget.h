// A job's budget against what it has used: is it used up, and when must we look again? Pure.
//
// Energy, grams and money are read from a statement that costs a walk over the records, so it is
// asked for rarely: at half of the time that the remainder lasts at the present rate. The number of
// looks grows with the logarithm of the budget, and the overshoot is at most what one least
// interval takes.
//
// Units:    Joules, GramsCo2e, Seconds; money in the tariff's currency. Errors: none.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <optional>
#include <string>

#include "wattle/base/units.h"
#include "wattle/spec/job_spec.h"

namespace wattle::job {

/// What all attempts together have used; nullopt: nobody knows.
struct Spent {
  Seconds time{0};
  std::optional<Joules> energy;
  std::optional<GramsCo2e> emissions;
  std::optional<double> money;
};

struct BudgetVerdict {
  std::optional<std::string> exhausted;  // a sentence for people
  std::optional<Seconds> look_again;     // nullopt: there is nothing to watch
};

inline constexpr Seconds kLeastBudgetInterval{1};
inline constexpr Seconds kMostBudgetInterval{600};

BudgetVerdict judge_budget(const spec::BudgetSpec& budget, const Spent& spent);

/// Whether any of it needs the statement of its energy.
bool needs_energy(const spec::BudgetSpec& budget);
bool has_budget(const spec::BudgetSpec& budget);

}  // namespace wattle::job
