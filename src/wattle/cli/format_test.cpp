#include "wattle/cli/format.h"

#include <cmath>

#include <gtest/gtest.h>

#include "wattle/cli/table.h"

namespace wattle::cli {
namespace {

TEST(Format, GivesThreeDigitsAndAFittingPrefix) {
  EXPECT_EQ(with_prefix(0, "J"), "0 J");
  EXPECT_EQ(with_prefix(0.00123, "g"), "1.23 mg");
  EXPECT_EQ(with_prefix(999.6, "J"), "1.00 kJ");
  EXPECT_EQ(with_prefix(-42.345, "W"), "-42.3 W");
  EXPECT_EQ(with_prefix(1.5e-12, "J"), "0 J");
  EXPECT_EQ(with_prefix(std::nan(""), "J"), "unknown");
  EXPECT_EQ(energy(Joules(3599)), "3.60 kJ");
  EXPECT_EQ(energy(Joules(7.2e6)), "2.00 kWh");
  EXPECT_EQ(mass(GramsCo2e(2.5e6)), "2.50 t");
}

TEST(Format, ShowsHalfOfTheIntervalInPercent) {
  EXPECT_EQ(margin({100, 82, 118, Quality::kModelled}), "± 18 %");
  EXPECT_EQ(margin({100, 99.5, 100.5, Quality::kCounter}), "± 0.5 %");
  EXPECT_EQ(margin({100, 100, 100, Quality::kCounter}), "");
  EXPECT_EQ(margin({0, 0, 1, Quality::kCounter}), "");
}

TEST(Table, SeparatesByTabsWhenPiped) {
  Table table({{"A"}, {"B", Align::kRight}});
  table.add({"x", "1"});
  EXPECT_EQ(table.to_text(Output({})), "A\tB\nx\t1\n");
}

TEST(Table, AlignsByWhatATerminalShowsAndCutsTheLastColumn) {
  Table table({{"A"}, {"B"}});
  table.add({"µµ", "0123456789"});
  table.add({"x", "1"});
  const Output output({.data_is_terminal = true, .columns = 12});
  EXPECT_EQ(table.to_text(output), "A   B\nµµ  0123456…\nx   1\n");
}

}  // namespace
}  // namespace wattle::cli
