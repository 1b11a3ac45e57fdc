#include "wattle/spec/quantity.h"

#include <cmath>

#include <gtest/gtest.h>

#include "wattle/base/rng.h"

namespace wattle::spec {
namespace {

double read(Dimension dimension, std::string_view text) {
  const auto value = parse_quantity(dimension, text);
  EXPECT_TRUE(value.ok()) << text << ": " << (value.ok() ? "" : value.error().message());
  return value.ok() ? *value : -1;
}

std::string refusal(Dimension dimension, std::string_view text) {
  const auto value = parse_quantity(dimension, text);
  return value.ok() ? "accepted as " + std::to_string(*value) : value.error().message();
}

TEST(Quantity, ReadsEveryDimensionInItsOwnUnit) {
  EXPECT_EQ(read(Dimension::kDuration, "90s"), 90);
  EXPECT_EQ(read(Dimension::kDuration, "1h30m"), 5400);
  EXPECT_EQ(read(Dimension::kDuration, "1h 30m"), 5400);
  EXPECT_EQ(read(Dimension::kDuration, "2d"), 172800);
  EXPECT_EQ(read(Dimension::kDuration, "0.5 h"), 1800);
  EXPECT_EQ(read(Dimension::kDuration, "10min"), 600);
  EXPECT_EQ(read(Dimension::kBytes, "8GB"), 8e9);
  EXPECT_EQ(read(Dimension::kBytes, "512MiB"), 536870912);
  EXPECT_EQ(read(Dimension::kEnergy, "2kWh"), 7.2e6);
  EXPECT_EQ(read(Dimension::kEnergy, "500Wh"), 1.8e6);
  EXPECT_EQ(read(Dimension::kEnergy, "3.6MJ"), 3.6e6);
  EXPECT_EQ(read(Dimension::kEmissions, "1.2kg"), 1200);
  EXPECT_EQ(read(Dimension::kEmissions, "500 gCO2e"), 500);
  EXPECT_EQ(read(Dimension::kPower, "1.2kW"), 1200);
  EXPECT_EQ(read(Dimension::kIntensity, "400g/kWh"), 400);
  EXPECT_EQ(read(Dimension::kRatio, "30%"), 0.3);
  EXPECT_EQ(read(Dimension::kRatio, "7%"), 0.07);
  EXPECT_EQ(read(Dimension::kRatio, "0.3"), 0.3);
  EXPECT_EQ(read(Dimension::kRatio, "1e-3"), 0.001);
}

TEST(Quantity, SaysWhichOtherQuantityAUnitBelongsTo) {
  EXPECT_EQ(refusal(Dimension::kEnergy, "5s"),
            "'5s' is a duration where an energy is wanted, e.g. 2kWh");
  EXPECT_EQ(refusal(Dimension::kDuration, "8GB"),
            "'8GB' is a size in bytes where a duration is wanted, e.g. 90s");
  EXPECT_EQ(refusal(Dimension::kIntensity, "0.3 EUR/kWh"),
            "'0.3 EUR/kWh' is a price of energy where a carbon intensity is wanted, e.g. 400g/kWh");
}

TEST(Quantity, DemandsAUnit) {
  EXPECT_EQ(refusal(Dimension::kDuration, "90"), "'90' has no unit; write a duration, e.g. 90s");
  EXPECT_EQ(refusal(Dimension::kDuration, "1h30"),
            "'1h30' has no unit; write a duration, e.g. 90s");
}

TEST(Quantity, SuggestsTheNearestUnit) {
  EXPECT_EQ(refusal(Dimension::kEnergy, "2kwh"),
            "'2kwh' has the unknown unit 'kwh'; did you mean 'kWh'?");
  EXPECT_EQ(refusal(Dimension::kDuration, "5 parsecs"),
            "'5 parsecs' has the unknown unit 'parsecs'; write a duration, e.g. 90s");
}

TEST(Quantity, RefusesWhatIsNoFiniteNumberInRange) {
  for (const auto* text : {"nan", "inf", "infs", "s", "", " ", ".", ".s", "e5s", "--5s", "0x5s"}) {
    EXPECT_FALSE(parse_quantity(Dimension::kDuration, text).ok()) << text;
  }
  EXPECT_EQ(refusal(Dimension::kDuration, "-5s"), "'-5s' is negative; write a duration, e.g. 90s");
  EXPECT_EQ(refusal(Dimension::kDuration, "1e999s"), "'1e999s' is a number out of range");
  EXPECT_EQ(refusal(Dimension::kEnergy, "1e308MWh"), "'1e308MWh' is a number out of range");
  EXPECT_EQ(refusal(Dimension::kBytes, "9999999TB"), "'9999999TB' is a number out of range");
  EXPECT_EQ(refusal(Dimension::kDuration, "30m1h"),
            "'30m1h' must go from large units to small ones, each once, e.g. 1h30m");
  EXPECT_EQ(refusal(Dimension::kDuration, "1m1min"),
            "'1m1min' must go from large units to small ones, each once, e.g. 1h30m");
}

TEST(Quantity, WritesTheShortestTextThatReadsBack) {
  EXPECT_EQ(format_quantity(Dimension::kDuration, 5400), "1h30m");
  EXPECT_EQ(format_quantity(Dimension::kDuration, 0), "0s");
  EXPECT_EQ(format_quantity(Dimension::kDuration, 0.25), "250ms");
  EXPECT_EQ(format_quantity(Dimension::kBytes, 8e9), "8GB");
  EXPECT_EQ(format_quantity(Dimension::kBytes, 268435456), "256MiB");
  EXPECT_EQ(format_quantity(Dimension::kEnergy, 7.2e6), "2kWh");
}

TEST(Quantity, ReadsBackWhatItWroteForRandomValues) {
  Rng rng(20261123);
  constexpr Dimension kAll[] = {Dimension::kDuration,  Dimension::kBytes, Dimension::kEnergy,
                                Dimension::kEmissions, Dimension::kPower, Dimension::kIntensity,
                                Dimension::kRatio};
  for (int i = 0; i < 2000; ++i) {
    const double magnitude = std::pow(10.0, rng.uniform() * 18 - 4);
    for (const Dimension dimension : kAll) {
      const bool is_whole = dimension == Dimension::kBytes || i % 2 == 0;
      const double value = is_whole ? std::floor(magnitude) : magnitude;
      const std::string text = format_quantity(dimension, value);
      ASSERT_EQ(read(dimension, text), value) << text << " in round " << i;
    }
  }
}

TEST(Price, ReadsAmountAndCurrency) {
  EXPECT_EQ(*parse_price("0.30 EUR/kWh"), (Price{MoneyPerKwh(0.3), "EUR"}));
  EXPECT_EQ(*parse_price("85EUR/MWh"), (Price{MoneyPerKwh(0.085), "EUR"}));
  EXPECT_EQ(*parse_price("-0.01 EUR/kWh"), (Price{MoneyPerKwh(-0.01), "EUR"}));
  EXPECT_EQ(parse_price("0.30").error().message(),
            "'0.30' has no unit; write a price of energy, e.g. 0.30 EUR/kWh");
  EXPECT_EQ(parse_price("0.30 eur/kWh").error().message(),
            "'0.30 eur/kWh' has the unknown unit 'eur/kWh'; write a price of energy, e.g. 0.30 "
            "EUR/kWh");
  EXPECT_EQ(format_price({MoneyPerKwh(0.3), "EUR"}), "0.3 EUR/kWh");
}

TEST(Count, ReadsExactAndAtLeast) {
  EXPECT_EQ(*parse_count("4"), (Count{4, false}));
  EXPECT_EQ(*parse_count("4+"), (Count{4, true}));
  EXPECT_EQ(parse_count("four").error().message(),
            "'four' is not a count, e.g. 4, or 4+ for at least four");
  EXPECT_FALSE(parse_count("4.5").ok());
  EXPECT_FALSE(parse_count("4++").ok());
  EXPECT_FALSE(parse_count("99999999999999999999").ok());
}

TEST(Timestamp, StaysWithinWhatNanosecondsHold) {
  EXPECT_EQ(parse_timestamp("2026-12-01T06:00Z")->ns, 1'796'104'800 * kNanosPerSecond);
  EXPECT_EQ(parse_timestamp("9999-01-01T00:00:00Z").error().message(),
            "'9999-01-01T00:00:00Z' lies outside the years 1970 to 2261");
  EXPECT_EQ(parse_timestamp("tomorrow").error().message(),
            "'tomorrow' is not a time; write it as 2026-12-01T06:00:00Z");
}

}  // namespace
}  // namespace wattle::spec
