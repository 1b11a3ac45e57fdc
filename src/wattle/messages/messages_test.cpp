// What holds for every message: it comes back from its JSON, its schema says what is written, and
// what the schema allows is read.
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "wattle/base/text.h"
#include "wattle/messages/every_message.h"
#include "wattle/messages/json_schema.h"
#include "wattle/messages/random_message.h"
#include "wattle/messages/schema_checker.h"

namespace wattle::messages {
namespace {

constexpr std::uint64_t kSeed = 20'261'125;

template <typename Use>
void each_message(Use use) {
  Requests::each(use);
  Answers::each(use);
}

TEST(Messages, ComeBackFromTheirJson) {
  each_message([]<typename T>() {
    Rng rng(kSeed);
    RandomMessages random(rng);
    for (int i = 0; i < 100; ++i) {
      const T message = random.make<T>();
      const auto text = to_json_text(message);
      const auto back = from_json_text<T>(text);
      ASSERT_TRUE(back.ok()) << struct_of<T>().name() << ": " << back.error().message() << text;
      // NaN differs from itself, so texts are compared; and the values wherever there is none.
      ASSERT_EQ(to_json_text(*back), text);
      ASSERT_TRUE(*back == message || text.find("\"NaN\"") != std::string::npos) << text;
      ASSERT_EQ(to_json_text(*from_json_text<T>(to_json_text(message, Layout::kOneLine))), text);
    }
  });
}

TEST(Messages, KeepToTheirSchema) {
  each_message([]<typename T>() {
    Rng rng(kSeed + 1);
    RandomMessages random(rng);
    const auto schema = json_schema<T>();
    const SchemaChecker checker(schema);
    for (int i = 0; i < 40; ++i) {
      const auto json = to_json_value(random.make<T>());
      ASSERT_TRUE(checker.accepts(json)) << struct_of<T>().name() << json.dump(2);
    }
  });
}

/// Something else in the place of something, or a key more or less, anywhere in it.
void mutate(Json& json, Rng& rng) {
  const bool goes_in = !json.empty() && json.is_structured() && rng.below(4) != 0;
  if (goes_in) {
    auto part = json.begin();
    std::advance(part, static_cast<std::ptrdiff_t>(rng.below(json.size())));
    return mutate(*part, rng);
  }
  if (json.is_object() && rng.below(2) == 0) {
    json["stranger"] = 1;
  } else if (json.is_object() && !json.empty() && rng.below(2) == 0) {
    json.erase(json.begin());
  } else {
    static const std::vector<Json> kOthers{nullptr,
                                           true,
                                           0,
                                           -1,
                                           1.0,
                                           1.5,
                                           1e300,
                                           "",
                                           "NaN",
                                           "a text",
                                           "stop",
                                           Json::array(),
                                           101,
                                           "run",
                                           "2026-11-25T12:00:00Z",
                                           Json::object(),
                                           Json::array({"a"}),
                                           4294967296};
    json = kOthers[rng.below(kOthers.size())];
  }
}

/// What check() and computed fields refuse, no schema says.
bool is_beyond_schemas(std::string_view message) {
  constexpr std::array<std::string_view, 7> kWords{
      "to run: give",     "no content: give",     "output of no run",       "a rejection says why",
      "is null although", "command has no words", "overrides are for a job"};
  return std::ranges::any_of(
      kWords, [&](auto words) { return message.find(words) != std::string_view::npos; });
}

TEST(Messages, AreReadWhereverTheirSchemaAllowsIt) {
  int allowed = 0;
  int refused = 0;
  each_message([&]<typename T>() {
    Rng rng(kSeed + 2);
    RandomMessages random(rng);
    const auto schema = json_schema<T>();
    const SchemaChecker checker(schema);
    // The schema of an answer lets newer servers say more: so a client reads it.
    const ReadOptions options{.unknown_keys = struct_of<T>().is_request() ? UnknownKeys::kRefused
                                                                          : UnknownKeys::kIgnored};
    for (int i = 0; i < 150; ++i) {
      auto json = to_json_value(random.make<T>());
      mutate(json, rng);
      const auto read = from_json_value<T>(json, options);
      if (checker.accepts(json)) {
        ++allowed;
        ASSERT_TRUE(read.ok() || is_beyond_schemas(read.error().message()))
            << struct_of<T>().name() << ": " << read.error().message() << json.dump(2);
      } else {
        ++refused;
      }
    }
  });
  EXPECT_GT(allowed, 500);
  EXPECT_GT(refused, 500);
}

TEST(Messages, OfARequestThatTheirSchemaRefusesAreRefused) {
  Requests::each([]<typename T>() {
    Rng rng(kSeed + 3);
    RandomMessages random(rng);
    const auto schema = json_schema<T>();
    const SchemaChecker checker(schema);
    for (int i = 0; i < 300; ++i) {
      auto json = to_json_value(random.make<T>());
      mutate(json, rng);
      if (!checker.accepts(json) && from_json_value<T>(json).ok()) {
        // Null for what may be absent is the one thing that is read beyond the schema.
        ASSERT_NE(json.dump().find("null"), std::string::npos) << json.dump(2);
      }
    }
  });
}

void expect_described(const StructType& type) {
  EXPECT_FALSE(type.name().empty());
  EXPECT_TRUE(type.about().ends_with('.')) << type.name();
  std::vector<std::string_view> keys;
  for (const auto& field : type.fields()) {
    EXPECT_EQ(std::ranges::count(keys, field.key), 0) << type.name() << "." << field.key;
    EXPECT_TRUE(field.about.ends_with('.')) << type.name() << "." << field.key;
    keys.push_back(field.key);
  }
}

TEST(Messages, DescribeEveryFieldOnceInASentence) {
  each_message([]<typename T>() { expect_described(struct_of<T>()); });
}

/// For tests/e2e/openapi_validation.py: every schema, with messages that keep to it.
TEST(Messages, AreGivenToAnotherValidator) {
  const char* path = std::getenv("WATTLE_MESSAGE_SAMPLES");
  if (path == nullptr) {
    GTEST_SKIP() << "the test messages.openapi asks for it";
  }
  Json samples = Json::object();
  each_message([&]<typename T>() {
    Rng rng(kSeed + 4);
    RandomMessages random(rng);
    auto& entry = samples[std::string(struct_of<T>().name())];
    entry["schema"] = json_schema<T>();
    for (int i = 0; i < 10; ++i) {
      entry["messages"].push_back(to_json_value(random.make<T>()));
    }
  });
  std::ofstream(path) << text_of(samples, Layout::kIndented);
}

}  // namespace
}  // namespace wattle::messages
