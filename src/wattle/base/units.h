// Physical quantities as types: adding joules to watts does not compile.
//
// Units:    each type carries its own; value() is in the unit that the type is named after.
// Errors:   none; NaN and infinity propagate as in double.
// Threads:  value types. Lifetime: value types.
// Raw numbers appear only at borders (JSON, SQL, flags): there the key has the unit as its last
// word.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

namespace wattle {

/// A number of one unit. Same units add and compare; a plain number scales; their ratio is a plain
/// number.
template <typename Tag, typename Rep = double>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }

  constexpr Quantity operator-() const { return Quantity(-value_); }
  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator*(Quantity a, Rep factor) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator*(Rep factor, Quantity a) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator/(Quantity a, Rep divisor) {
    return Quantity(a.value_ / divisor);
  }
  friend constexpr double operator/(Quantity a, Quantity b) {
    return static_cast<double>(a.value_) / static_cast<double>(b.value_);
  }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  Rep value_{};
};

using Joules = Quantity<struct JoulesTag>;
using Watts = Quantity<struct WattsTag>;
using Seconds = Quantity<struct SecondsTag>;
using GramsCo2e = Quantity<struct GramsCo2eTag>;
using GramsPerKwh = Quantity<struct GramsPerKwhTag>;
using Litres = Quantity<struct LitresTag>;
using LitresPerKwh = Quantity<struct LitresPerKwhTag>;
using Money = Quantity<struct MoneyTag>;              // in the currency that stands beside it
using MoneyPerKwh = Quantity<struct MoneyPerKwhTag>;  // likewise
/// The ledger's unit. Exact: int64 microjoules hold 292 years of a kilowatt.
using Microjoules = Quantity<struct MicrojoulesTag, std::int64_t>;
using Bytes = Quantity<struct BytesTag, std::int64_t>;

inline constexpr double kJoulesPerKwh = 3.6e6;

constexpr Joules operator*(Watts power, Seconds time) {
  return Joules(power.value() * time.value());
}
constexpr Joules operator*(Seconds time, Watts power) {
  return power * time;
}
constexpr Watts operator/(Joules energy, Seconds time) {
  return Watts(energy.value() / time.value());
}
constexpr double kilowatt_hours(Joules energy) {
  return energy.value() / kJoulesPerKwh;
}
constexpr Joules from_kilowatt_hours(double kwh) {
  return Joules(kwh * kJoulesPerKwh);
}
constexpr GramsCo2e operator*(Joules energy, GramsPerKwh intensity) {
  return GramsCo2e(kilowatt_hours(energy) * intensity.value());
}
constexpr Litres operator*(Joules energy, LitresPerKwh rate) {
  return Litres(kilowatt_hours(energy) * rate.value());
}
constexpr Money operator*(Joules energy, MoneyPerKwh price) {
  return Money(kilowatt_hours(energy) * price.value());
}

constexpr Joules to_joules(Microjoules energy) {
  return Joules(static_cast<double>(energy.value()) * 1e-6);
}
/// Nearest microjoule. REQUIRES: finite and below 9.2e12 J.
inline Microjoules to_microjoules(Joules energy) {
  return Microjoules(std::llround(energy.value() * 1e6));
}

}  // namespace wattle
