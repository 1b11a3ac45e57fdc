#include "wattle/carbon/tariff.h"

#include <algorithm>
#include <cmath>

#include "wattle/base/text.h"

namespace wattle::carbon {
namespace {

// Clocks everywhere differ from UTC by whole quarters of an hour and change at such, so prices do.
constexpr std::int64_t kQuarterHourNanos = 900 * kNanosPerSecond;

Status check_currency(std::string_view currency) {
  if (currency.size() == 3 &&
      std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return {};
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("'", currency, "' is no currency; write its three letters, as in EUR"));
}

}  // namespace

Result<Tariff> Tariff::flat(std::string currency, MoneyPerKwh price) {
  HourlyPrices prices;
  prices.fill(price);
  return by_hour(std::move(currency), prices, LocalZone::utc());
}

Result<Tariff> Tariff::by_hour(std::string currency, const HourlyPrices& prices, LocalZone zone) {
  WATTLE_RETURN_IF_ERROR(check_currency(currency));
  for (std::size_t hour = 0; hour < prices.size(); ++hour) {
    if (!std::isfinite(prices[hour].value())) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("the price from ", hour, ":00 is no finite number"));
    }
  }
  return Tariff(std::move(currency), prices, std::move(zone));
}

MoneyPerKwh Tariff::price_at(UtcTime time) const {
  return prices_[static_cast<std::size_t>(zone_.hour_at(time))];
}

MoneyPerKwh Tariff::mean_price(const Interval& interval) const {
  const bool is_flat =
      std::ranges::all_of(prices_, [&](MoneyPerKwh price) { return price == prices_.front(); });
  if (is_flat || interval.begin == interval.end) {
    return price_at(interval.begin);
  }
  double weighted = 0;
  for (UtcTime begin = interval.begin; begin < interval.end;) {
    const std::int64_t into =
        (begin.ns % kQuarterHourNanos + kQuarterHourNanos) % kQuarterHourNanos;
    const UtcTime end = std::min(interval.end, UtcTime{begin.ns - into + kQuarterHourNanos});
    weighted += price_at(begin).value() * (end - begin).value();
    begin = end;
  }
  return MoneyPerKwh(weighted / interval.length().value());
}

Result<EnergyCost> Tariff::cost(std::span<const EnergyInterval> series) const {
  Estimate<Money> total;
  for (const auto& part : series) {
    WATTLE_RETURN_IF_ERROR(check_interval(part.interval));
    const MoneyPerKwh price = mean_price(part.interval);
    total += multiply(part.energy, Estimate<MoneyPerKwh>(price, Quality::kCounter));
  }
  return EnergyCost{std::move(total), currency_};
}

}  // namespace wattle::carbon
