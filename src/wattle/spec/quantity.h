// Numbers with units, as people write them: "1h30m", "8GB", "2kWh", "400g/kWh", "0.30 EUR/kWh".
//
// One table holds every unit; it reads, writes, suggests and documents. A unit is required, so that
// "90" is never silently seconds; only a ratio may stand without one (0.3 is 30%).
//
// Units:    the result's type. Prefixes are decimal (kB = 1000 B); KiB, MiB, GiB, TiB are binary.
//           Emissions are grams of CO2 equivalent (GWP100), intensities those per kilowatt-hour.
// Errors:   kParse, one line that says what is wanted instead, with an example.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::spec {

enum class Dimension {
  kDuration,
  kBytes,
  kEnergy,
  kEmissions,
  kPower,
  kIntensity,
  kPrice,
  kRatio,
};

/// A price of energy in one currency (ISO 4217, three capital letters). It may be negative.
struct Price {
  MoneyPerKwh per_kwh;
  std::string currency;

  friend bool operator==(const Price&, const Price&) = default;
};

/// A part of one whole: 0.3 for "30%".
struct Ratio {
  double value = 0;

  friend auto operator<=>(const Ratio&, const Ratio&) = default;
};

/// "4" is exactly four, "4+" at least four.
struct Count {
  std::int64_t value = 0;
  bool at_least = false;

  friend bool operator==(const Count&, const Count&) = default;
};

/// The number in the unit of its type: seconds, bytes, joules, grams, watts, grams per
/// kilowatt-hour, a plain ratio. REQUIRES: not kPrice.
Result<double> parse_quantity(Dimension dimension, std::string_view text);
/// The shortest text that parse_quantity() reads back to the same number: 5400 s is "1h30m".
/// REQUIRES: not kPrice; finite and not negative.
std::string format_quantity(Dimension dimension, double value);

Result<Price> parse_price(std::string_view text);
std::string format_price(const Price& price);
Result<Count> parse_count(std::string_view text);
std::string format_count(const Count& count);
/// RFC 3339 in the years 1970 to 2261, which int64 nanoseconds hold.
Result<UtcTime> parse_timestamp(std::string_view text);

/// "a duration", "an energy", ...
std::string_view words(Dimension dimension);
/// "90s", "2kWh", ...: what a message offers when a value is wrong.
std::string_view example(Dimension dimension);
/// The symbols that parse_quantity() knows: "s", "m", "h", ...
std::vector<std::string_view> unit_symbols(Dimension dimension);

/// The number as the shortest text that reads back to it.
std::string format_number(double value);

}  // namespace wattle::spec
