#include "wattle/job/budget.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "wattle/base/text.h"
#include "wattle/base/time.h"

namespace wattle::job {
namespace {

/// "2.50 EUR" was checked when the job was read.
double amount_of(const std::string& money) {
  return parse_number(money.substr(0, money.find(' '))).value_or(0);
}

template <typename Quantity>
std::optional<double> known(const std::optional<Quantity>& quantity) {
  return quantity ? std::optional(quantity->value()) : std::nullopt;
}

class Judge {
 public:
  explicit Judge(Seconds running) : running_(running) {}

  /// `used` of `most`; `words` says so for people. A rate that nobody knows is asked for after
  /// twice the time: there may never be a meter.
  void look_at(std::optional<double> known, double most, const std::string& words) {
    const double used = known.value_or(0);
    if (used >= most) {
      verdict_.exhausted = verdict_.exhausted.value_or(words);
      return;
    }
    const double rate = running_.value() > 0 ? used / running_.value() : 0;
    const double lasts = rate > 0 ? (most - used) / rate / 2
                         : known  ? kLeastBudgetInterval.value()
                                  : running_.value();
    const Seconds next = std::clamp(Seconds(lasts), kLeastBudgetInterval, kMostBudgetInterval);
    verdict_.look_again = verdict_.look_again ? std::min(*verdict_.look_again, next) : next;
  }

  /// Time is known to the second: it is looked at when it is over.
  void look_at_time(Seconds most) {
    if (running_ >= most) {
      verdict_.exhausted = concat("its time budget of ", format_duration(most), " is used up");
      return;
    }
    const Seconds next = std::max(most - running_, Seconds(0.01));
    verdict_.look_again = verdict_.look_again ? std::min(*verdict_.look_again, next) : next;
  }

  BudgetVerdict verdict() const { return verdict_; }

 private:
  Seconds running_;
  BudgetVerdict verdict_;
};

}  // namespace

BudgetVerdict judge_budget(const spec::BudgetSpec& budget, const Spent& spent) {
  Judge judge(spent.time);
  if (budget.time) {
    judge.look_at_time(*budget.time);
  }
  if (budget.energy) {
    const double used = spent.energy.value_or(Joules(0)).value();
    judge.look_at(known(spent.energy), budget.energy->value(),
                  fmt::format("its energy budget of {:.4g} Wh is used up ({:.4g} Wh)",
                              budget.energy->value() / 3600, used / 3600));
  }
  if (budget.emissions) {
    const double used = spent.emissions.value_or(GramsCo2e(0)).value();
    judge.look_at(known(spent.emissions), budget.emissions->value(),
                  fmt::format("its emissions budget of {:.4g} g is used up ({:.4g} g)",
                              budget.emissions->value(), used));
  }
  if (budget.cost) {
    const double used = spent.money.value_or(0);
    judge.look_at(spent.money, amount_of(*budget.cost),
                  fmt::format("its budget of {} is used up ({:.4g})", *budget.cost, used));
  }
  return judge.verdict();
}

bool needs_energy(const spec::BudgetSpec& budget) {
  return budget.energy || budget.emissions || budget.cost;
}

bool has_budget(const spec::BudgetSpec& budget) {
  return budget.time || needs_energy(budget);
}

}  // namespace wattle::job
