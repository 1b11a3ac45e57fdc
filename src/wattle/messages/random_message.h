// For tests: fills a message with random values, by walking its description. They keep to the rules
// of the fields, and to check().
//
// Units:    none. Errors: none: a message that cannot be made ends the test.
// Threads:  as its Rng. Lifetime: borrows its Rng.
#pragma once

#include <array>
#include <limits>
#include <string>

#include "wattle/base/rng.h"
#include "wattle/messages/described.h"

namespace wattle::messages {

class RandomMessages {
 public:
  explicit RandomMessages(Rng& rng) : rng_(rng) {}

  template <DescribedStruct T>
  T make() {
    T message{};
    fill(type_of<T>(), &message, {}, 0);
    return message;
  }

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(rng_.below(bound)); }
  std::size_t few(const Rules& rules, int depth) {
    return std::min(below(depth > 3 ? 2 : 4), rules.max_items.value_or(4));
  }

  std::string text(const Rules& rules) {
    if (!rules.constant.empty()) {
      return std::string(rules.constant);
    }
    if (rules.pattern == &kUlid) {
      return "01JD" + word("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 22);
    }
    if (rules.pattern == &kSha256) {
      return word("0123456789abcdef", 64);
    }
    if (rules.pattern == &kPlainName) {
      return "a" + word("abcXYZ019_.-", below(5));
    }
    static constexpr std::array<std::string_view, 12> kPieces{
        "a", " ", "\"", "\\", "/", "~", "\n", "\x01", "\x7f", "é", "雪", "\xf0\x9f\x8c\xb1"};
    std::string text;
    const auto most = std::min<std::size_t>(rules.max_length.value_or(8), 8);
    for (auto left = std::max(below(most + 1), rules.min_length.value_or(0)); left > 0; --left) {
      text += kPieces.at(below(kPieces.size()));
    }
    return text;
  }
  std::string word(std::string_view alphabet, std::size_t length) {
    std::string word;
    while (word.size() < length) {
      word += alphabet[below(alphabet.size())];
    }
    return word;
  }

  double number(const Rules& rules) {
    if (rules.minimum || rules.maximum) {
      const auto least = static_cast<double>(rules.minimum.value_or(-1000));
      return least + rng_.uniform() * (static_cast<double>(rules.maximum.value_or(1000)) - least);
    }
    using Limits = std::numeric_limits<double>;
    const std::array<double, 8> values{Limits::quiet_NaN(),  Limits::infinity(),
                                       -Limits::infinity(),  Limits::max(),
                                       Limits::denorm_min(), -0.0,
                                       rng_.normal(),        3};
    return values.at(below(values.size()));
  }

  std::int64_t integer(const IntegerType& type, const Rules& rules) {
    const auto least = std::max(type.least(), rules.minimum.value_or(type.least()));
    const auto most = std::min(type.most(), rules.maximum.value_or(type.most()));
    const auto span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
    const auto offset = span == Rng::max() ? rng_() : rng_.below(span + 1);
    const std::array<std::int64_t, 3> values{
        least, most, static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + offset)};
    return values.at(below(values.size()));
  }

  void fill_parts(const StructType& type, void* value, int depth) {
    for (const auto& field : type.fields()) {
      static_cast<void>(field.member->write(value, [&](void* part) {
        fill(field.type(), part, field.rules, depth + 1);
        return Status();
      }));
    }
  }

  void fill_struct(const StructType& type, void* value, int depth) {
    constexpr int kTries = 1000;
    for (int i = 0; i < kTries; ++i) {
      fill_parts(type, value, depth);
      if (type.check(value).ok()) {
        return;
      }
    }
    WATTLE_CHECK(false, type.name());
  }

  void fill(const Type& type, void* value, const Rules& rules, int depth) {
    constexpr std::int64_t kMilli = 1'000'000;
    switch (type.shape()) {
      case Shape::kBoolean:
        *static_cast<bool*>(value) = below(2) == 1;
        break;
      case Shape::kText:
        *static_cast<std::string*>(value) = text(rules);
        break;
      case Shape::kTime:
        static_cast<UtcTime*>(value)->ns = static_cast<std::int64_t>(rng_.below(1 << 30)) * kMilli;
        break;
      case Shape::kJson:
        *static_cast<JsonObject*>(value) =
            *JsonObject::parse(below(2) == 0 ? "{}" : R"({"a":[1,{"b":null}],"c":1.5})");
        break;
      case Shape::kInteger: {
        const auto& integers = static_cast<const IntegerType&>(type);
        integers.set(value, integer(integers, rules));
        break;
      }
      case Shape::kNumber:
        static_cast<const NumberType&>(type).set(value, number(rules));
        break;
      case Shape::kWord: {
        const auto& words = static_cast<const WordType&>(type);
        words.set(value, below(words.words().size()));
        break;
      }
      default:
        fill_container(type, value, rules, depth);
    }
  }

  void fill_container(const Type& type, void* value, const Rules& rules, int depth) {
    if (type.shape() == Shape::kStruct) {
      fill_struct(static_cast<const StructType&>(type), value, depth);
    } else if (type.shape() == Shape::kOptional) {
      const auto& optional = static_cast<const OptionalType&>(type);
      below(2) == 0 ? optional.reset(value)
                    : fill(optional.element(), optional.emplace(value), rules, depth);
    } else if (type.shape() == Shape::kList) {
      const auto& list = static_cast<const ListType&>(type);
      list.clear(value);
      for (auto left = few(rules, depth); left > 0; --left) {
        fill(list.element(), list.append(value), rules, depth + 1);
      }
    } else {
      const auto& map = static_cast<const MapType&>(type);
      map.clear(value);
      for (auto left = few(rules, depth); left > 0; --left) {
        fill(map.element(), map.insert(value, text({})), rules, depth + 1);
      }
    }
  }

  Rng& rng_;
};

}  // namespace wattle::messages
