#include "wattle/base/text.h"

#include <array>

#include <gtest/gtest.h>

#include "wattle/base/ids.h"
#include "wattle/base/log.h"
#include "wattle/base/rng.h"

namespace wattle {
namespace {

TEST(Text, SplitsAndTrims) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(trim(" \t x y\r\n"), "x y");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Text, ReadsNumbersWholeOrNotAtAll) {
  EXPECT_DOUBLE_EQ(*parse_number("-1.5e3"), -1500);
  EXPECT_EQ(*parse_integer("-42"), -42);
  for (const char* text : {"", "1 ", " 1", "1,5", "0x10", "nan", "inf", "1e999", "1.5.2", "+-1"}) {
    EXPECT_FALSE(parse_number(text).ok()) << text;
  }
  for (const char* text : {"", "1.0", "9223372036854775808", "1e3"}) {
    EXPECT_FALSE(parse_integer(text).ok()) << text;
  }
}

TEST(Text, CountsEditsWithSwapsOfNeighbours) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("resources", "resuorces"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Text, SuggestsOnlyWhatIsNear) {
  constexpr std::array<std::string_view, 3> kWords{"resources", "params", "run"};
  EXPECT_EQ(nearest("resorces", kWords), "resources");
  EXPECT_EQ(nearest("rnu", kWords), "run");
  EXPECT_EQ(nearest("elephant", kWords), "");
}

TEST(Text, QuotesForTheShellOnlyWhatNeedsIt) {
  EXPECT_EQ(shell_quote("--lr=0.1"), "--lr=0.1");
  EXPECT_EQ(shell_quote("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_quote(""), "''");
}

TEST(JsonQuote, EscapesControlsAndReplacesWhatIsNoUtf8) {
  EXPECT_EQ(json_quote("a\"\\\n\x01"), "\"a\\\"\\\\\\n\\u0001\"");
  EXPECT_EQ(json_quote("\xc3\xa9\xf0\x9f\x8c\xb1"), "\"\xc3\xa9\xf0\x9f\x8c\xb1\"");
  EXPECT_EQ(json_quote("\xc0\xaf\xed\xa0\x80\xff"),
            "\"" + std::string("\xef\xbf\xbd") + "\xef\xbf\xbd" +
                "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" + "\xef\xbf\xbd\"");
}

TEST(Ulid, SortsByTimeAndIsItsOwnKind) {
  SimulatedClock clock;
  Rng rng(3);
  const auto first = make_ulid(clock, rng);
  clock.advance(Seconds(0.001));
  const auto second = make_ulid(clock, rng);
  EXPECT_LT(first, second);
  EXPECT_TRUE(is_ulid(first));
  EXPECT_FALSE(is_ulid("01J"));
  EXPECT_FALSE(is_ulid("ZZZZZZZZZZZZZZZZZZZZZZZZZZ"));
}

TEST(Rng, GivesThePublishedSequenceAndUniformNumbers) {
  // xoshiro256** seeded by splitmix64(0), worked out with the published algorithm in another
  // language.
  Rng published(0);
  EXPECT_EQ(published(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(published(), 0xbf6e1f784956452aU);
  EXPECT_EQ(published(), 0x1a5f849d4933e6e0U);
  Rng again(42);
  Rng rng(42);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double value = rng.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ASSERT_EQ(value, again.uniform());
    sum += value;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.01);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(rng.below(7), 7U);
  }
}

}  // namespace
}  // namespace wattle
