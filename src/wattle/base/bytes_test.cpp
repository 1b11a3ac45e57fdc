#include "wattle/base/bytes.h"

#include <limits>

#include <gtest/gtest.h>

namespace wattle {
namespace {

TEST(Bytes, ComeBackAsTheyWereWritten) {
  ByteWriter writer;
  writer.u8(255);
  writer.u32(4'000'000'000);
  writer.i64(std::numeric_limits<std::int64_t>::min());
  writer.f64(-0.1);
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
    writer.varint(value);
  }
  writer.text("a\0b");
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.u8(), 255);
  EXPECT_EQ(reader.u32(), 4'000'000'000);
  EXPECT_EQ(reader.i64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.f64(), -0.1);
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_EQ(reader.varint(), 127U);
  EXPECT_EQ(reader.varint(), 128U);
  EXPECT_EQ(reader.varint(), ~std::uint64_t{0});
  EXPECT_EQ(reader.text(), "a");
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(Bytes, ReadingPastTheEndTurnsBadAndStaysBad) {
  ByteReader reader(
      "\x05"
      "abc");
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u64(), 0U);
  EXPECT_FALSE(reader.ok());
}

TEST(Bytes, AVarintThatNeverEndsIsBad) {
  ByteReader reader(std::string_view("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 12));
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace wattle
