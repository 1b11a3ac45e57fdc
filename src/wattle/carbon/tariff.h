// What a kilowatt-hour costs, flat or by hour of the local day. Without a tariff there is no cost
// figure: absent, not zero.
//
// Units:    MoneyPerKwh and Money in the tariff's currency (ISO 4217).
// Errors:   kInvalidArgument for a currency that is none, or a price that is not finite.
// Threads:  value type. Lifetime: value type.
#pragma once

#include <array>
#include <span>
#include <string>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/carbon/grams.h"
#include "wattle/carbon/local_zone.h"

namespace wattle::carbon {

struct EnergyCost {
  Estimate<Money> money;
  std::string currency;
};

class Tariff {
 public:
  using HourlyPrices = std::array<MoneyPerKwh, 24>;  // by hour that has begun: [0] is 0:00-1:00

  static Result<Tariff> flat(std::string currency, MoneyPerKwh price);
  /// Prices may be below zero, as on day-ahead markets.
  static Result<Tariff> by_hour(std::string currency, const HourlyPrices& prices, LocalZone zone);

  const std::string& currency() const { return currency_; }
  MoneyPerKwh price_at(UtcTime time) const;
  /// Energy over several hours is divided by time. The error is that of the energy: a tariff is a
  /// contract.
  Result<EnergyCost> cost(std::span<const EnergyInterval> series) const;

 private:
  Tariff(std::string currency, const HourlyPrices& prices, LocalZone zone)
      : currency_(std::move(currency)), prices_(prices), zone_(std::move(zone)) {}
  /// Mean over time.
  MoneyPerKwh mean_price(const Interval& interval) const;

  std::string currency_;
  HourlyPrices prices_;
  LocalZone zone_;
};

}  // namespace wattle::carbon
