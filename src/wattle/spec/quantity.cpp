#include "wattle/spec/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "wattle/base/text.h"
#include "wattle/spec/problems.h"

namespace wattle::spec {
namespace {

struct Unit {
  std::string_view symbol;
  Dimension dimension;
  double factor;  // of the dimension's own unit
};

constexpr double kMinute = 60;
constexpr double kHour = 3600;
constexpr double kDay = 86400;
constexpr double kKibi = 1024;

// Per dimension from small to large; of two symbols for one unit the first is written.
constexpr Unit kUnits[] = {
    {"us", Dimension::kDuration, 1e-6},
    {"ms", Dimension::kDuration, 1e-3},
    {"s", Dimension::kDuration, 1},
    {"m", Dimension::kDuration, kMinute},
    {"min", Dimension::kDuration, kMinute},
    {"h", Dimension::kDuration, kHour},
    {"d", Dimension::kDuration, kDay},
    {"w", Dimension::kDuration, 7 * kDay},
    {"B", Dimension::kBytes, 1},
    {"kB", Dimension::kBytes, 1e3},
    {"KB", Dimension::kBytes, 1e3},
    {"KiB", Dimension::kBytes, kKibi},
    {"MB", Dimension::kBytes, 1e6},
    {"MiB", Dimension::kBytes, kKibi* kKibi},
    {"GB", Dimension::kBytes, 1e9},
    {"GiB", Dimension::kBytes, kKibi* kKibi* kKibi},
    {"TB", Dimension::kBytes, 1e12},
    {"TiB", Dimension::kBytes, kKibi* kKibi* kKibi* kKibi},
    {"J", Dimension::kEnergy, 1},
    {"kJ", Dimension::kEnergy, 1e3},
    {"Wh", Dimension::kEnergy, 3600},
    {"MJ", Dimension::kEnergy, 1e6},
    {"kWh", Dimension::kEnergy, kJoulesPerKwh},
    {"GJ", Dimension::kEnergy, 1e9},
    {"MWh", Dimension::kEnergy, 1e3 * kJoulesPerKwh},
    {"mg", Dimension::kEmissions, 1e-3},
    {"g", Dimension::kEmissions, 1},
    {"gCO2e", Dimension::kEmissions, 1},
    {"kg", Dimension::kEmissions, 1e3},
    {"kgCO2e", Dimension::kEmissions, 1e3},
    {"t", Dimension::kEmissions, 1e6},
    {"tCO2e", Dimension::kEmissions, 1e6},
    {"mW", Dimension::kPower, 1e-3},
    {"W", Dimension::kPower, 1},
    {"kW", Dimension::kPower, 1e3},
    {"MW", Dimension::kPower, 1e6},
    {"g/kWh", Dimension::kIntensity, 1},
    {"gCO2e/kWh", Dimension::kIntensity, 1},
    {"kg/MWh", Dimension::kIntensity, 1},
    {"kg/kWh", Dimension::kIntensity, 1e3},
    {"%", Dimension::kRatio, 0.01},
};

struct Words {
  std::string_view name;
  std::string_view example;
};

constexpr std::array<Words, 8> kWords{{
    {"a duration", "90s"},
    {"a size in bytes", "8GB"},
    {"an energy", "2kWh"},
    {"a mass of CO2e", "500g"},
    {"a power", "250W"},
    {"a carbon intensity", "400g/kWh"},
    {"a price of energy", "0.30 EUR/kWh"},
    {"a ratio", "30%"},
}};

const Words& words_of(Dimension dimension) {
  return kWords[static_cast<std::size_t>(dimension)];
}

Error wrong(std::string_view text, std::string_view message) {
  return {ErrorCode::kParse, concat("'", one_line(text), "' ", message)};
}

std::string wanted(Dimension dimension) {
  return concat(words(dimension), ", e.g. ", example(dimension));
}

/// Length of the unsigned decimal number at the front; 0 if there is none.
std::size_t number_length(std::string_view text) {
  const auto skip_digits = [text](std::size_t i) {
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') {
      ++i;
    }
    return i;
  };
  std::size_t end = skip_digits(0);
  const std::size_t whole = end;
  if (end < text.size() && text[end] == '.') {
    end = skip_digits(end + 1);
    if (end == whole + 1) {
      return 0;
    }
  }
  if (end > 0 && end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const std::size_t sign = end + 1;
    const bool has_sign = sign < text.size() && (text[sign] == '+' || text[sign] == '-');
    const std::size_t digits = sign + (has_sign ? 1 : 0);
    end = skip_digits(digits) > digits ? skip_digits(digits) : end;
  }
  return end;
}

const Unit* find_unit(Dimension dimension, std::string_view symbol) {
  const auto* found = std::ranges::find_if(kUnits, [&](const Unit& unit) {
    return unit.dimension == dimension && unit.symbol == symbol;
  });
  return found == std::end(kUnits) ? nullptr : found;
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// "EUR/kWh": the currency, and how many kilowatt-hours it is for; 0 for what is no price unit.
double price_unit_kwh(std::string_view symbol, std::string& currency) {
  const std::size_t slash = symbol.find('/');
  if (slash == std::string_view::npos || !is_currency(symbol.substr(0, slash))) {
    return 0;
  }
  currency = symbol.substr(0, slash);
  const std::string_view per = symbol.substr(slash + 1);
  return per == "kWh" ? 1 : per == "MWh" ? 1e3 : 0;
}

/// Which other quantity the unit belongs to: "'5s' is a duration where an energy is wanted".
Error wrong_unit(Dimension dimension, std::string_view text, std::string_view symbol) {
  for (const Unit& unit : kUnits) {
    if (unit.symbol == symbol && unit.dimension != dimension) {
      return wrong(text, concat("is ", words(unit.dimension), " where ", words(dimension),
                                " is wanted, e.g. ", example(dimension)));
    }
  }
  std::string currency;
  if (price_unit_kwh(symbol, currency) > 0) {
    return wrong(text, concat("is a price of energy where ", words(dimension), " is wanted, e.g. ",
                              example(dimension)));
  }
  const auto symbols = unit_symbols(dimension);
  const auto same = std::ranges::find_if(
      symbols, [&](std::string_view known) { return to_lower(known) == to_lower(symbol); });
  const auto near = same != symbols.end() ? *same : nearest(symbol, symbols);
  const std::string hint =
      near.empty() ? concat("write ", wanted(dimension)) : concat("did you mean '", near, "'?");
  return wrong(text, concat("has the unknown unit '", one_line(symbol), "'; ", hint));
}

/// One number and its unit off the front of `rest`.
struct Part {
  double number = 0;
  std::string_view symbol;
};

Result<Part> take_part(Dimension dimension, std::string_view text, std::string_view& rest) {
  const std::size_t length = number_length(rest);
  if (length == 0) {
    return wrong(text, "is not " + wanted(dimension));
  }
  auto number = parse_number(rest.substr(0, length));
  if (!number.ok()) {
    return wrong(text, "is a number out of range");
  }
  rest = trim(rest.substr(length));
  const bool is_compound = dimension == Dimension::kDuration;
  const std::size_t end = is_compound ? rest.find_first_of("0123456789. ") : std::string_view::npos;
  Part part{*number, rest.substr(0, end)};
  rest.remove_prefix(part.symbol.size());
  rest = trim(rest);
  return part;
}

Result<double> parse_parts(Dimension dimension, std::string_view text) {
  std::string_view rest = text;
  double sum = 0;
  double last_factor = HUGE_VAL;
  while (!rest.empty()) {
    WATTLE_ASSIGN_OR_RETURN(const Part part, take_part(dimension, text, rest));
    if (part.symbol.empty() && dimension == Dimension::kRatio) {
      return part.number;
    }
    if (part.symbol.empty()) {
      return wrong(text, concat("has no unit; write ", wanted(dimension)));
    }
    const Unit* unit = find_unit(dimension, part.symbol);
    if (unit == nullptr) {
      return wrong_unit(dimension, text, part.symbol);
    }
    if (unit->factor >= last_factor) {
      return wrong(text, "must go from large units to small ones, each once, e.g. 1h30m");
    }
    last_factor = unit->factor;
    // Dividing by 100 is exact where multiplying by 0.01 is not: 7% is 0.07.
    sum += dimension == Dimension::kRatio ? part.number / 100 : part.number * unit->factor;
  }
  return sum;
}

/// The text in one unit, or "" when it would not read back to the same number.
std::string in_unit(const Unit& unit, double value) {
  const double number = value / unit.factor;
  std::string text = format_number(number) + std::string(unit.symbol);
  const auto back = parse_quantity(unit.dimension, text);
  return number >= 1 && back.ok() && *back == value ? text : "";
}

/// "1d2h30m5s" for a whole number of seconds.
std::string format_whole_duration(double value) {
  struct Step {
    std::string_view symbol;
    std::int64_t seconds;
  };
  static constexpr Step kSteps[] = {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
  auto rest = static_cast<std::int64_t>(value);
  std::string text;
  for (const Step& step : kSteps) {
    if (rest >= step.seconds) {
      text += concat(rest / step.seconds, step.symbol);
      rest %= step.seconds;
    }
  }
  return text;
}

}  // namespace

std::string_view words(Dimension dimension) {
  return words_of(dimension).name;
}

std::string_view example(Dimension dimension) {
  return words_of(dimension).example;
}

std::vector<std::string_view> unit_symbols(Dimension dimension) {
  std::vector<std::string_view> symbols;
  for (const Unit& unit : kUnits) {
    if (unit.dimension == dimension) {
      symbols.push_back(unit.symbol);
    }
  }
  return symbols;
}

Result<double> parse_quantity(Dimension dimension, std::string_view text) {
  const std::string_view trimmed = trim(text);
  if (trimmed.empty()) {
    return wrong(text, "is not " + wanted(dimension));
  }
  if (trimmed.front() == '-' && number_length(trimmed.substr(1)) > 0) {
    return wrong(text, "is negative; write " + wanted(dimension));
  }
  WATTLE_ASSIGN_OR_RETURN(const double value, parse_parts(dimension, trimmed));
  // 2^53: below it a double holds every whole number of bytes.
  constexpr double kMostBytes = 9007199254740992.0;
  if (!std::isfinite(value) || (dimension == Dimension::kBytes && value > kMostBytes)) {
    return wrong(text, "is a number out of range");
  }
  return dimension == Dimension::kBytes ? std::round(value) : value;
}

std::string format_quantity(Dimension dimension, double value) {
  constexpr double kMostWholeSeconds = 9e15;
  if (dimension == Dimension::kRatio) {
    return format_number(value);
  }
  if (dimension == Dimension::kDuration && value >= 1 && value == std::floor(value) &&
      value < kMostWholeSeconds) {
    return format_whole_duration(value);
  }
  std::string best;
  std::string own_unit;
  for (const Unit& unit : kUnits) {
    if (unit.dimension != dimension) {
      continue;
    }
    std::string text = in_unit(unit, value);
    if (!text.empty() && (best.empty() || text.size() < best.size())) {
      best = std::move(text);
    }
    if (unit.factor == 1 && own_unit.empty()) {
      own_unit = format_number(value) + std::string(unit.symbol);
    }
  }
  return best.empty() ? own_unit : best;
}

Result<Price> parse_price(std::string_view text) {
  const std::string_view trimmed = trim(text);
  const bool is_negative = trimmed.starts_with('-');
  std::string_view rest = trimmed.substr(is_negative ? 1 : 0);
  WATTLE_ASSIGN_OR_RETURN(const Part part, take_part(Dimension::kPrice, trimmed, rest));
  if (part.symbol.empty()) {
    return wrong(trimmed, concat("has no unit; write ", wanted(Dimension::kPrice)));
  }
  Price price;
  const double kwh = price_unit_kwh(part.symbol, price.currency);
  if (kwh <= 0) {
    return wrong_unit(Dimension::kPrice, trimmed, part.symbol);
  }
  price.per_kwh = MoneyPerKwh((is_negative ? -part.number : part.number) / kwh);
  return price;
}

std::string format_price(const Price& price) {
  return concat(format_number(price.per_kwh.value()), " ", price.currency, "/kWh");
}

Result<Count> parse_count(std::string_view text) {
  std::string_view digits = trim(text);
  const bool at_least = digits.ends_with('+');
  digits.remove_suffix(at_least ? 1 : 0);
  const auto value = parse_integer(digits);
  if (!value.ok()) {
    return wrong(text, "is not a count, e.g. 4, or 4+ for at least four");
  }
  return Count{*value, at_least};
}

std::string format_count(const Count& count) {
  return concat(count.value, count.at_least ? "+" : "");
}

Result<UtcTime> parse_timestamp(std::string_view text) {
  const auto year = parse_integer(text.substr(0, std::min<std::size_t>(text.size(), 4)));
  if (year.ok() && (*year < 1970 || *year > 2261)) {
    return wrong(text, "lies outside the years 1970 to 2261");
  }
  const auto time = parse_rfc3339(text);
  if (!time.ok()) {
    return wrong(text, "is not a time; write it as 2026-12-01T06:00:00Z");
  }
  return *time;
}

std::string format_number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

}  // namespace wattle::spec
