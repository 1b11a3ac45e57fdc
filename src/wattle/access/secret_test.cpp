#include "wattle/access/secret.h"

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

#include "wattle/access/access_fixture.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

constexpr std::array kAll{SecretKind::kToken, SecretKind::kLogin, SecretKind::kSession,
                          SecretKind::kCsrf};

/// The same byte for ever.
class ConstantRandom final : public RandomSource {
 public:
  explicit ConstantRandom(int value) : value_(static_cast<std::byte>(value)) {}
  void fill(std::span<std::byte> bytes) override { std::ranges::fill(bytes, value_); }

 private:
  std::byte value_;
};

TEST(Secret, IsItsKindThenRandomDigitsThenAChecksum) {
  ConstantRandom zeros(0);
  ConstantRandom ones(0xff);
  // 2^256 - 1 in base 62, and CRC-32, computed with Python: int arithmetic and zlib.crc32.
  EXPECT_EQ(make_secret(SecretKind::kToken, zeros).reveal(),
            "wattle_token_"
            "0000000000000000000000000000000000000000000"
            "47SLP9");
  EXPECT_EQ(make_secret(SecretKind::kSession, ones).reveal(),
            "wattle_session_"
            "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1"
            "1v7tg7");
}

TEST(Secret, IsWellFormedAsItsOwnKindOnly) {
  KernelRandom random;
  for (const SecretKind made : kAll) {
    const Secret secret = make_secret(made, random);
    for (const SecretKind asked : kAll) {
      EXPECT_EQ(is_well_formed(asked, secret.reveal()), made == asked);
    }
  }
}

TEST(Secret, IsNotWellFormedWithAnyCharacterChangedCutOrAdded) {
  SeededRandom random(7);
  const Secret secret = make_secret(SecretKind::kToken, random);
  const std::string& text = secret.reveal();
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char other : {'0', 'A', 'z', '_', ' ', '\0', '\xff'}) {
      std::string changed = text;
      changed[i] = other;
      EXPECT_EQ(is_well_formed(SecretKind::kToken, changed), changed == text) << i;
    }
    EXPECT_FALSE(is_well_formed(SecretKind::kToken, text.substr(0, i)));
  }
  EXPECT_FALSE(is_well_formed(SecretKind::kToken, text + "0"));
  EXPECT_FALSE(is_well_formed(SecretKind::kToken, " " + text));
  EXPECT_FALSE(is_well_formed(SecretKind::kToken, std::string(1 << 20, 'a')));
}

TEST(Secret, DiffersEachTime) {
  KernelRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(make_secret(SecretKind::kToken, random).reveal());
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Secret, IsKnownByItsDigestAndShownByItsPrefix) {
  SeededRandom random(7);
  const Secret secret = make_secret(SecretKind::kToken, random);
  EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(prefix_of(SecretKind::kToken, secret.reveal()), secret.reveal().substr(0, 17));
}

TEST(Secret, LeavesNothingBehindWhenItIsMoved) {
  SeededRandom random(7);
  Secret first = make_secret(SecretKind::kToken, random);
  const std::string text = first.reveal();
  const Secret second = std::move(first);
  EXPECT_EQ(second.reveal(), text);
  EXPECT_EQ(first.reveal(), "");  // NOLINT(bugprone-use-after-move): that is what is asked
}

TEST(Secret, IsTakenOutOfWhatIsLogged) {
  SeededRandom random(7);
  const Secret token = make_secret(SecretKind::kToken, random);
  const Secret csrf = make_secret(SecretKind::kCsrf, random);
  const std::string line = concat("a=", token.reveal(), "&wattle_", csrf.reveal(), " end");
  const std::string clean = without_secrets(line);
  EXPECT_EQ(clean, concat("a=", token.reveal().substr(0, 17), "...&wattle_",
                          csrf.reveal().substr(0, 16), "... end"));
  EXPECT_EQ(without_secrets("wattle_token_abc"), "wattle_token_abc");
  EXPECT_EQ(without_secrets(""), "");
}

TEST(ConstantTime, EqualIsEqual) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "Abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_in_constant_time(std::string_view("\0", 1), std::string_view("\x80", 1)));
}

}  // namespace
}  // namespace wattle::access
