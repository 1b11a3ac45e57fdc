#include "split.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

void shuffle(std::vector<std::uint32_t>& rows, Rng& rng) {
  for (std::size_t i = rows.size(); i > 1; --i) {
    std::swap(rows[i - 1], rows[rng.below(i)]);
  }
}

/// Takes `fraction` of what there is over all classes so far: the rounding of one class is carried
/// to the next, so that many small classes still add up.
class Quota {
 public:
  explicit Quota(double fraction) : fraction_(fraction) {}

  std::size_t take(std::size_t rows) {
    wanted_ += fraction_ * static_cast<double>(rows);
    const auto count = static_cast<std::size_t>(std::max(0LL, std::llround(wanted_ - taken_)));
    const auto most = static_cast<std::size_t>(std::ceil(fraction_ * static_cast<double>(rows)));
    const std::size_t result = std::min(count, most);
    taken_ += static_cast<double>(result);
    return result;
  }

 private:
  double fraction_;
  double wanted_ = 0;
  double taken_ = 0;
};

Status check_parts(const Split& split, SplitFractions fractions, std::size_t rows) {
  const bool is_short = split.train.size() < 2 ||
                        (fractions.validation > 0 && split.validation.empty()) ||
                        (fractions.test > 0 && split.test.empty());
  return !is_short ? Status()
                   : Error(ErrorCode::kInvalidArgument,
                           concat("the table has ", rows,
                                  " rows, too few to divide into training, validation and test; "
                                  "add rows or change --test-fraction and --validation-fraction"));
}

}  // namespace

Result<Split> split_rows(std::span<const float> strata, SplitFractions fractions, Rng rng) {
  std::map<float, std::vector<std::uint32_t>> classes;
  for (std::size_t row = 0; row < strata.size(); ++row) {
    classes[strata[row]].push_back(static_cast<std::uint32_t>(row));
  }
  Split split;
  Quota test(fractions.test);
  Quota validation(fractions.validation);
  for (auto& [value, rows] : classes) {
    shuffle(rows, rng);
    const std::size_t spare = rows.size() - 1;
    const std::size_t to_test = std::min(test.take(rows.size()), spare);
    const std::size_t to_validation = std::min(validation.take(rows.size()), spare - to_test);
    const auto first = rows.begin();
    const auto second = first + static_cast<std::ptrdiff_t>(to_test);
    const auto third = second + static_cast<std::ptrdiff_t>(to_validation);
    split.test.insert(split.test.end(), first, second);
    split.validation.insert(split.validation.end(), second, third);
    split.train.insert(split.train.end(), third, rows.end());
  }
  for (auto* part : {&split.train, &split.validation, &split.test}) {
    std::ranges::sort(*part);
  }
  WATTLE_RETURN_IF_ERROR(check_parts(split, fractions, strata.size()));
  return split;
}

}  // namespace wattle::training
