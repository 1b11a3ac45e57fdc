// The strict reader: what it refuses, in which words; what it takes.
#include "wattle/messages/json_text.h"

#include <cmath>
#include <limits>
#include <regex>

#include <gtest/gtest.h>

#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/messages/figure.h"
#include "wattle/messages/json_codec.h"
#include "wattle/messages/problem.h"

namespace wattle::messages {
namespace {

enum class Colour { kRed, kGreen };

}  // namespace

template <>
struct Words<Colour> {
  static constexpr std::string_view kName = "Colour";
  static constexpr std::string_view kAbout = "A colour.";
  static constexpr std::array<std::string_view, 2> kWords{"red", "green"};
};

namespace {

/// One of each kind of field, and of each rule.
struct Everything {
  std::string name;
  bool is_set = false;
  std::int64_t count = 0;
  std::uint32_t small = 0;
  double ratio = 0;
  double share = 0;
  std::optional<std::int64_t> left_out;
  std::optional<std::string> or_null;
  std::optional<std::optional<double>> maybe_unknown;
  std::vector<std::string> words;
  std::map<std::string, double> metrics;
  Colour colour = Colour::kRed;
  UtcTime at;
  JsonObject spec;
  std::vector<Everything> children;

  static constexpr std::string_view kName = "Everything";
  static constexpr std::string_view kAbout = "One of each.";
  static void fields(auto& f) {
    f("name", &Everything::name, "A name.", {.min_length = 1, .max_length = 5});
    f("is_set", &Everything::is_set, "Whether.", kMayBeAbsent);
    f("count", &Everything::count, "How many.", kMayBeAbsent);
    f("small", &Everything::small, "How few.", {.presence = Presence::kMayBeAbsent, .maximum = 10});
    f("ratio", &Everything::ratio, "Any number.", kMayBeAbsent);
    f("share", &Everything::share, "A share.",
      {.presence = Presence::kMayBeAbsent, .minimum = 0, .maximum = 1});
    f("left_out", &Everything::left_out, "Perhaps.");
    f("or_null", &Everything::or_null, "Perhaps.", kOrNull);
    f("maybe_unknown", &Everything::maybe_unknown, "Perhaps, and perhaps unknown.");
    f("words", &Everything::words, "Words.",
      {.presence = Presence::kMayBeAbsent, .max_length = 3, .max_items = 2});
    f("metrics", &Everything::metrics, "Metrics.", kMayBeAbsent);
    f("colour", &Everything::colour, "A colour.", kMayBeAbsent);
    f("at", &Everything::at, "When.", kMayBeAbsent);
    f("spec", &Everything::spec, "Anything.", kMayBeAbsent);
    f("children", &Everything::children, "More of the same.", kMayBeAbsent);
  }
  Status check() const {
    return name == "bad" ? Status(Error(ErrorCode::kInvalidArgument, "a bad name")) : Status();
  }
};

std::string refusal(std::string_view text, const ReadOptions& options = {}) {
  const auto read = from_json_text<Everything>(text, options);
  return read.ok() ? "taken" : read.error().message();
}

struct Refused {
  std::string_view text;
  std::string_view message;
  ErrorCode code = ErrorCode::kInvalidArgument;
};

const std::vector<Refused>& refused_texts() {
  static const std::vector<Refused> kTexts{
      {R"({"name":"a","nmae":1})", "body: unknown key 'nmae' at /nmae; did you mean 'name'?"},
      {R"({"name":"a","children":[{"name":"b","x/~y":1}]})",
       "body: unknown key 'x/~y' at /children/0/x~1~0y; known are name, is_set, count, small, "
       "ratio, share, left_out, or_null, maybe_unknown, words, metrics, colour, at, spec, "
       "children"},
      {R"({})", "body: the key 'name' is missing: A name."},
      {R"({"name":"a","children":[{}]})", "body: /children/0: the key 'name' is missing: A name."},
      {R"([])", "body: expected an object, found a list"},
      {R"(null)", "body: expected an object, found null"},
      {R"({"name":null})", "body: /name: expected text, found null"},
      {R"({"name":7})", "body: /name: expected text, found 7"},
      {R"({"name":""})", "body: /name: expected text that is not empty, found text \"\""},
      {R"({"name":"abcdef"})", "body: /name: has 6 characters; at most 5 are allowed"},
      {R"({"name":"a\u0000b"})", "body: /name: holds a NUL character, which no text may"},
      {R"({"name":"bad"})", "body: a bad name"},
      {R"({"name":"a","name":"b"})", "body: the key \"name\" is there twice in one object"},
      {R"({"name":"a","metrics":{"x":1,"x":2}})",
       "body: the key \"x\" is there twice in one object"},
      {R"({"name":"a","spec":{"x":1,"x":2}})", "body: the key \"x\" is there twice in one object"},
      {R"({"name":"a","is_set":1})", "body: /is_set: expected true or false, found 1"},
      {R"({"name":"a","count":1.5})", "body: /count: expected an integer of 64 bits, found 1.5"},
      {R"({"name":"a","count":"1"})", "body: /count: expected an integer, found text \"1\""},
      {R"({"name":"a","count":true})", "body: /count: expected an integer, found true"},
      {R"({"name":"a","count":9223372036854775808})",
       "body: /count: expected an integer of 64 bits, found 9223372036854775808"},
      {R"({"name":"a","count":-9223372036854775809})",
       "body: /count: expected an integer of 64 bits, found -9.223372036854776e+18"},
      {R"({"name":"a","count":1e19})", "body: /count: expected an integer of 64 bits, found 1e+19"},
      {R"({"name":"a","small":-1})", "body: /small: expected an integer from 0 to 10, found -1"},
      {R"({"name":"a","small":11})", "body: /small: expected an integer from 0 to 10, found 11"},
      {R"({"name":"a","ratio":"nan"})", "body: /ratio: expected a number, found text \"nan\""},
      {R"({"name":"a","ratio":[]})", "body: /ratio: expected a number, found a list"},
      {R"({"name":"a","share":1.01})", "body: /share: expected a number from 0 to 1, found 1.01"},
      {R"({"name":"a","share":"NaN"})",
       "body: /share: expected a number from 0 to 1, found text \"NaN\""},
      {R"({"name":"a","left_out":{}})", "body: /left_out: expected an integer, found an object"},
      {R"({"name":"a","words":"b"})", "body: /words: expected a list, found text \"b\""},
      {R"({"name":"a","words":["b",3]})", "body: /words/1: expected text, found 3"},
      {R"({"name":"a","words":["b","cccc"]})",
       "body: /words/1: has 4 characters; at most 3 are allowed"},
      {R"({"name":"a","words":["b","c","d"]})",
       "body: /words: has 3 entries; at most 2 are allowed"},
      {R"({"name":"a","metrics":{"x/y":[]}})",
       "body: /metrics/x~1y: expected a number, found a list"},
      {R"({"name":"a","metrics":{"x\u0000":1}})",
       "body: /metrics: has a key with a NUL character, which no text may hold"},
      {R"({"name":"a","colour":"blue"})",
       "body: /colour: expected one of \"red\", \"green\", found text \"blue\""},
      {R"({"name":"a","colour":0})", "body: /colour: expected one of \"red\", \"green\", found 0"},
      {R"({"name":"a","at":"yesterday"})",
       "body: /at: expected a time as in RFC 3339, of the years 1678 to 2261, found text "
       "\"yesterday\""},
      {R"({"name":"a","at":"9999-01-01T00:00:00Z"})",
       "body: /at: expected a time as in RFC 3339, of the years 1678 to 2261, found text "
       "\"9999-01-01T00:00:00Z\""},
      {R"({"name":"a","spec":[1]})", "body: /spec: expected an object, found a list"},
  };
  return kTexts;
}

TEST(Reader, RefusesWhatIsNotTheMessageAndSaysWhere) {
  for (const auto& [text, message, code] : refused_texts()) {
    const auto read = from_json_text<Everything>(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().message(), message) << text;
    EXPECT_EQ(read.error().code(), code) << text;
  }
}

TEST(Reader, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      R"({"name")",
                                      R"({"name":})",
                                      R"({"name":"a",})",
                                      R"({'name':"a"})",
                                      R"({"name":"a"} x)",
                                      R"({"name":"a"}{})",
                                      R"({"name":"a"} // more)",
                                      R"({"name":NaN})",
                                      R"({"name":"a","ratio":1e400})",
                                      R"({"name":"a","count":1e400})",
                                      R"({"name":"a","ratio":01})",
                                      "{\"name\":\"\xff\"}",
                                      "{\"name\":\"\xc0\xaf\"}",
                                      "{\"name\":\"\xed\xa0\x80\"}",
                                      R"({"name":"\ud800"})",
                                      "{\"name\":\"a\nb\"}"}) {
    const auto read = from_json_text<Everything>(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code(), ErrorCode::kParse) << text;
    EXPECT_TRUE(read.error().message().starts_with("body: no JSON: ")) << read.error().message();
  }
}

TEST(Reader, RefusesEveryTruncation) {
  const std::string whole =
      R"({"name":"a","words":["b"],"metrics":{"x":1},"spec":{"y":[null]},"colour":"red"})";
  ASSERT_EQ(refusal(whole), "taken");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(refusal(whole.substr(0, length)), "taken") << length;
  }
}

TEST(Reader, SaysOneShortLineWhateverItReads) {
  const std::string huge(100'000, 'x');
  for (const auto& text : {concat(R"({"name":")", huge, R"("})"), concat(R"({")", huge, R"(":1})"),
                           concat(R"({"name":"a","colour":")", huge, R"("})"), concat("{\"", huge),
                           std::string(R"({"name":"a","a\nb\u001b[2J":1})"),
                           concat(R"({"name":"a","metrics":{")", huge, R"(":[]}})")}) {
    const auto message = refusal(text);
    EXPECT_LT(message.size(), 1000U);
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
  }
}

std::string nested(std::size_t levels) {
  std::string text = R"({"name":"a","spec":)";
  for (std::size_t i = 0; i < levels; ++i) {
    text += R"({"x":)";
  }
  return text + "1" + std::string(levels, '}') + "}";
}

TEST(Reader, BoundsDepth) {
  EXPECT_EQ(refusal(nested(limits::kMessageDepth - 1)), "taken");
  EXPECT_EQ(refusal(nested(limits::kMessageDepth)),
            "body: lists and objects are nested deeper than 64 levels");
  EXPECT_EQ(refusal(std::string(1'000'000, '[')),
            "body: lists and objects are nested deeper than 64 levels");
}

TEST(Reader, BoundsSizeAndTheNumberOfValues) {
  EXPECT_EQ(refusal(R"({"name":"a"})", {.max_bytes = 11}),
            "body: has 12 bytes; at most 11 are read");
  EXPECT_EQ(refusal(R"({"name":"a"})", {.max_bytes = 12}), "taken");
  std::string many = R"({"name":"a","spec":{"x":[0)";
  for (std::size_t i = 0; i < limits::kMessageValues; ++i) {
    many += ",0";
  }
  EXPECT_EQ(refusal(many + "]}}"), "body: there are more than 1000000 values");
}

TEST(Reader, TakesTimeThatGrowsWithTheTextAlone) {
  // Quadratic work on 200 000 keys would take minutes.
  std::string text = R"({"name":"a","metrics":{"k":0)";
  for (int i = 0; i < 200'000; ++i) {
    text += concat(",\"k", i, "\":", i);
  }
  const auto read = from_json_text<Everything>(text + "}}");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->metrics.size(), 200'001U);
}

TEST(Reader, OfAClientIgnoresWhatANewerServerSays) {
  const ReadOptions client{.unknown_keys = UnknownKeys::kIgnored};
  EXPECT_EQ(refusal(R"({"name":"a","new":{"deep":[1]},"children":[{"name":"b","new":1}]})", client),
            "taken");
  EXPECT_EQ(refusal(R"({"name":"a\u0000b"})", client), "taken");  // a job may print one
  EXPECT_NE(refusal(R"({"name":"a","new":1,"new":2})", client), "taken");
  EXPECT_NE(refusal(R"({"new":1})", client), "taken");
}

TEST(Reader, TakesIntegersHoweverTheyAreWritten) {
  const auto read = [](std::string_view count) {
    return from_json_text<Everything>(concat(R"({"name":"a","count":)", count, "}")).value().count;
  };
  EXPECT_EQ(read("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(read("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read("9007199254740993"), 9'007'199'254'740'993);
  EXPECT_EQ(read("1e3"), 1000);
  EXPECT_EQ(read("-2.0"), -2);
  EXPECT_EQ(read("-0"), 0);
}

TEST(Reader, TellsNothingNullAndAValueApart) {
  const auto read = [](std::string_view rest) {
    return from_json_text<Everything>(concat(R"({"name":"a")", rest, "}")).value();
  };
  EXPECT_FALSE(read("").maybe_unknown.has_value());
  EXPECT_TRUE(read(R"(,"maybe_unknown":null)").maybe_unknown.has_value());
  EXPECT_FALSE(read(R"(,"maybe_unknown":null)").maybe_unknown->has_value());
  EXPECT_EQ(read(R"(,"maybe_unknown":2)").maybe_unknown, std::optional(std::optional(2.0)));
  EXPECT_EQ(read(R"(,"left_out":null)").left_out, std::nullopt);
  EXPECT_EQ(read(R"(,"left_out":3)").left_out, 3);
}

TEST(Writer, LeavesOutOrWritesNullAsItIsDescribed) {
  Everything message;
  message.name = "a";
  auto text = to_json_text(message, Layout::kOneLine);
  EXPECT_EQ(text, R"({"name":"a","is_set":false,"count":0,"small":0,"ratio":0.0,"share":0.0,)"
                  R"("or_null":null,"words":[],"metrics":{},"colour":"red",)"
                  R"("at":"1970-01-01T00:00:00.000Z","spec":{},"children":[]})");
  message.maybe_unknown.emplace();
  text = to_json_text(message, Layout::kOneLine);
  EXPECT_NE(text.find(R"("maybe_unknown":null)"), std::string::npos);
}

TEST(Writer, TellsNumbersThatJsonLacksAsTexts) {
  Everything message;
  message.name = "a";
  message.metrics = {{"n", std::nan("")},
                     {"p", std::numeric_limits<double>::infinity()},
                     {"m", -std::numeric_limits<double>::infinity()}};
  const auto text = to_json_text(message, Layout::kOneLine);
  EXPECT_NE(text.find(R"("metrics":{"m":"-Infinity","n":"NaN","p":"Infinity"})"),
            std::string::npos);
  const auto back = from_json_text<Everything>(text).value();
  EXPECT_TRUE(std::isnan(back.metrics.at("n")));
  EXPECT_EQ(back.metrics.at("m"), -std::numeric_limits<double>::infinity());
}

TEST(Writer, WritesNoKeyTwiceAlsoOfNamesThatAreNoUtf8) {
  Everything message;
  message.name = "\xff";
  message.metrics = {{"a\xfe", 1}, {"a\xff", 2}};
  const auto back = from_json_text<Everything>(to_json_text(message));
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(back->name, "\ufffd");
  EXPECT_EQ(back->metrics, (std::map<std::string, double>{{"a\ufffd", 1}, {"a\ufffd (2)", 2}}));
}

TEST(JsonObject, IsWhatAnObjectSays) {
  EXPECT_EQ(JsonObject().text(), "{}");
  EXPECT_EQ(JsonObject::parse(" { \"b\" : [1, 2.50], \"a\": null } ").value().text(),
            R"({"b":[1,2.5],"a":null})");
  EXPECT_EQ(JsonObject::parse("[1]").error().message(),
            "JSON object: expected an object, found a list");
  EXPECT_EQ(JsonObject::parse("{").error().code(), ErrorCode::kParse);
}

TEST(Problem, HasTheCodesOfErrors) {
  for (std::size_t i = 0; i < Words<ErrorCode>::kWords.size(); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(word_of(code), describe(code).name);
  }
  const Error error(ErrorCode::kNotFound, "no run 01J");
  const auto text = to_json_text(answer_of(error, "r1"), Layout::kOneLine);
  EXPECT_EQ(text, R"({"error":{"code":"not_found","message":"no run 01J","request_id":"r1"}})");
  const auto back = error_of(from_json_text<ProblemAnswer>(text).value());
  EXPECT_EQ(back.code(), error.code());
  EXPECT_EQ(back.message(), error.message());
}

TEST(Words, OfQualityAreThoseOfEstimates) {
  for (std::size_t i = 0; i < Words<Quality>::kWords.size(); ++i) {
    EXPECT_EQ(Words<Quality>::kWords.at(i), to_string(static_cast<Quality>(i)));
  }
}

TEST(Patterns, AreTheFunctionsThatCheckThem) {
  Rng rng(3);
  constexpr std::string_view kAlphabet = "09afAZgzILOU8_-. /\n";
  for (const auto* pattern : {&kUlid, &kSha256, &kPlainName}) {
    const std::regex regex{std::string(pattern->expression)};
    const std::string good = pattern == &kSha256 ? std::string(64, 'a')
                             : pattern == &kUlid ? "01JDQ8ZK3V7M2N4P5R6S7T8V9W"
                                                 : "a-b.c_1";
    EXPECT_TRUE(pattern->matches(good));
    for (int i = 0; i < 2000; ++i) {
      std::string text = good.substr(0, good.size() - rng.below(2));
      for (auto changes = rng.below(3); changes > 0 && !text.empty(); --changes) {
        text[rng.below(text.size())] = kAlphabet[rng.below(kAlphabet.size())];
      }
      EXPECT_EQ(pattern->matches(text), std::regex_match(text, regex)) << text;
    }
  }
}

}  // namespace
}  // namespace wattle::messages
