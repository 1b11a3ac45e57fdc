#include "wattle/net/target.h"

#include <gtest/gtest.h>

namespace wattle::net {
namespace {

using Segments = std::vector<std::string>;

TEST(Target, IsTakenApart) {
  const auto target = parse_target("/api/v1/runs/a%20b%2Fc?limit=10&tag=x+y&tag=%26&flag");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->segments, (Segments{"api", "v1", "runs", "a b/c"}));
  EXPECT_EQ(target->query, (std::vector<std::pair<std::string, std::string>>{
                               {"limit", "10"}, {"tag", "x y"}, {"tag", "&"}, {"flag", ""}}));
  EXPECT_EQ(target->parameter("tag"), "x y");
  EXPECT_EQ(target->parameter("none"), std::nullopt);
  EXPECT_FALSE(target->has_odd_segments);
}

TEST(Target, KeepsOddSegmentsAndSaysSo) {
  EXPECT_EQ(parse_target("/")->segments, Segments{});
  EXPECT_FALSE(parse_target("/")->has_odd_segments);
  for (const auto* text : {"/a/", "//", "/a//b", "/a/./b", "/a/../b", "/%2e%2E/b", "/."}) {
    const auto target = parse_target(text);
    ASSERT_TRUE(target.ok()) << text;
    EXPECT_TRUE(target->has_odd_segments) << text;
  }
  EXPECT_EQ(parse_target("/a/%2e%2e/b")->segments, (Segments{"a", "..", "b"}));
  EXPECT_FALSE(parse_target("/a/...")->has_odd_segments);
}

TEST(Target, APlusIsABlankOnlyInTheQuery) {
  EXPECT_EQ(parse_target("/a+b?c+d=e+f")->segments, Segments{"a+b"});
  EXPECT_EQ(parse_target("/a+b?c+d=e+f")->parameter("c d"), "e f");
}

TEST(Target, RefusesWhatIsNone) {
  for (const auto* text : {"", "a", "*", "http://a/b", "/%", "/%4", "/%zz", "/a?b=%", "/%00",
                           "/a?%00=1", "/a#b", "/a b", "/a\tb", "/a\x7f"}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target.ok()) << text;
    EXPECT_EQ(target.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(Target, IsReadBackAsItWasWritten) {
  std::string every_byte;
  for (int i = 1; i < 256; ++i) {
    every_byte += static_cast<char>(i);
  }
  const Target target{
      {"a", every_byte, "b/c"}, {{"k&=", every_byte}, {"", "x"}, {"+", " "}}, false};
  const auto again = parse_target(to_text(target));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, target);
  EXPECT_EQ(to_text(Target{}), "/");
}

}  // namespace
}  // namespace wattle::net
