// A figure that is honest about itself: a value, how it came to be, and how far off it may be.
//
// Uncertainty carries its cause: errors of one cause (one sensor's calibration, one model's fit)
// add up linearly, errors of different causes add in quadrature. So a shared error does not average
// out.
//
// Units:    those of Q. The interval is 80 % (z = 1.2816) of a normal distribution, its low end
//           never below zero.
// Errors:   none. Threads: value types. Lifetime: value types.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/units.h"

namespace wattle {

/// From best to worst; a sum is as good as its worst part.
enum class Quality {
  kCounter,     // a hardware energy counter
  kIntegrated,  // sampled power, integrated
  kModelled,    // a model, with its error
  kPublished,   // a published figure: grid averages, PUE
  kClaimed,     // somebody's claim without a method
};

std::string_view to_string(Quality quality);
std::optional<Quality> quality_from(std::string_view name);
constexpr Quality worse(Quality a, Quality b) {
  return a < b ? b : a;
}

inline constexpr double kIntervalZ = 1.2815515655446004;  // 10th to 90th percentile

/// One independent cause of error, as standard deviation in the unit of the value.
struct ErrorTerm {
  std::string cause;
  double sigma = 0;
};

/// Adds `terms` scaled by `factor` into `into`, cause by cause.
void accumulate_errors(std::vector<ErrorTerm>& into, const std::vector<ErrorTerm>& terms,
                       double factor);
double combined_sigma(const std::vector<ErrorTerm>& terms);

template <typename Q>
class Estimate {
 public:
  Estimate() = default;
  Estimate(Q value, Quality quality) : value_(value), quality_(quality) {}
  /// `relative_sigma` 0.05 means a standard deviation of 5 % from `cause`.
  Estimate(Q value, Quality quality, std::string cause, double relative_sigma)
      : value_(value), quality_(quality) {
    add_error(std::move(cause), std::abs(value.value()) * relative_sigma);
  }

  void add_error(std::string cause, double sigma) {
    accumulate_errors(errors_, {{std::move(cause), sigma}}, 1);
  }

  Q value() const { return value_; }
  Quality quality() const { return quality_; }
  const std::vector<ErrorTerm>& errors() const { return errors_; }
  double sigma() const { return combined_sigma(errors_); }
  Q low() const { return Q(std::max(0.0, value_.value() - kIntervalZ * sigma())); }
  Q high() const { return Q(value_.value() + kIntervalZ * sigma()); }

  Estimate& operator+=(const Estimate& other) {
    value_ += other.value_;
    quality_ = worse(quality_, other.quality_);
    accumulate_errors(errors_, other.errors_, 1);
    return *this;
  }
  friend Estimate operator+(Estimate a, const Estimate& b) { return a += b; }
  friend Estimate operator*(const Estimate& a, double factor) {
    Estimate scaled(a.value_ * factor, a.quality_);
    accumulate_errors(scaled.errors_, a.errors_, factor);
    return scaled;
  }

 private:
  Q value_{};
  Quality quality_ = Quality::kCounter;
  std::vector<ErrorTerm> errors_;
};

/// a*b of uncertain factors, to first order; `multiply` turns the two values into the product's
/// unit.
template <typename A, typename B>
auto multiply(const Estimate<A>& a, const Estimate<B>& b) {
  using Product = decltype(a.value() * b.value());
  Estimate<Product> product(a.value() * b.value(), worse(a.quality(), b.quality()));
  const double per_a = a.value().value() == 0 ? 0 : product.value().value() / a.value().value();
  const double per_b = b.value().value() == 0 ? 0 : product.value().value() / b.value().value();
  for (const auto& term : a.errors()) {
    product.add_error(term.cause, term.sigma * per_a);
  }
  for (const auto& term : b.errors()) {
    product.add_error(term.cause, term.sigma * per_b);
  }
  return product;
}

}  // namespace wattle
