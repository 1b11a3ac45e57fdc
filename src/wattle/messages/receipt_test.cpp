#include "wattle/messages/receipt.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace wattle::messages {
namespace {

Receipt example() {
  Receipt receipt;
  receipt.run = {
      .id = "01J", .name = "digits", .state = "succeeded", .command = {"sh", "-c", "exit 0"}};
  receipt.time.created = {1'767'225'600'123'000'000};
  receipt.energy = {.joules = Figure(10, 8, 12, Quality::kCounter),
                    .components = {{.component = "cpu",
                                    .joules = {10, 8, 12, Quality::kCounter},
                                    .sources = {"rapl"}}},
                    .host_microjoules = {{"dynamic", 9'007'199'254'740'993}},
                    .this_run_microjoules = 9'007'199'254'740'993};
  receipt.carbon = CarbonFacts{.zone = "DE",
                               .mean_intensity = GramsPerKwh(381),
                               .water = WaterFacts{{2, 1, 3, Quality::kPublished}, 1.8},
                               .embodied = EmbodiedFacts{GramsCo2e(1), GramsCo2e(2), GramsCo2e(4)},
                               .sci = GramsCo2e(9),
                               .notes = {"a note"}};
  receipt.cost = CostFacts{.amount = {0.1, 0.1, 0.1, Quality::kPublished}, .currency = "EUR"};
  receipt.prediction = PredictionFacts{.basis = "b", .seconds = {1, 0, 2, Quality::kModelled}};
  receipt.metrics = {{"test_accuracy", 0.97}};
  receipt.outputs = {{.name = "model", .path = "/m", .sha256 = "ab", .bytes = 5}};
  return receipt;
}

TEST(Receipt, ComesBackFromItsJson) {
  const auto back = parse_receipt(to_json(example()));
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(*back, example());
}

TEST(Receipt, SaysWhichProcessWasObserved) {
  auto receipt = example();
  receipt.run.observed = ObservedFacts{
      .pid = 12, .start_ticks = 345, .program = "python3", .command = {"python3", "a.py"}};
  EXPECT_EQ(parse_receipt(to_json(receipt)).value(), receipt);
}

TEST(Receipt, OfAnEarlierVersionCanBeRead) {
  std::string text = to_json(example());
  const std::string key = ",\n    \"observed\": null";
  ASSERT_NE(text.find(key), std::string::npos);
  text.erase(text.find(key), key.size());
  EXPECT_EQ(parse_receipt(text).value(), example());
}

TEST(Receipt, TellsWhatIsUnknownAsNullAndNotAsZero) {
  auto receipt = example();
  receipt.energy = {};
  receipt.carbon->water = std::nullopt;
  receipt.carbon->embodied = std::nullopt;
  receipt.carbon->sci = std::nullopt;
  const auto text = to_json(receipt);
  for (const char* line :
       {"\"metered\": false,", "\"joules\": null,", "\"reserved_idle_joules\": null,",
        "\"this_run_microjoules\": null,", "\"water_litres\": null,", "\"litres_per_kwh\": null,",
        "\"embodied_grams\": null,", "\"sci_grams\": null,"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(parse_receipt(text).value(), receipt);
}

TEST(Receipt, KeepsMicrojoulesBeyondTheRangeOfDoublesExact) {
  EXPECT_NE(to_json(example()).find("\"this_run_microjoules\": 9007199254740993"),
            std::string::npos);
}

TEST(Receipt, TellsNumbersThatJsonLacksAsStrings) {
  auto receipt = example();
  receipt.metrics = {{"a", std::nan("")}, {"b", -std::numeric_limits<double>::infinity()}};
  const auto text = to_json(receipt);
  EXPECT_NE(text.find("\"a\": \"NaN\""), std::string::npos);
  const auto back = parse_receipt(text);
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(std::isnan(back->metrics.at("a")));
  EXPECT_EQ(back->metrics.at("b"), -std::numeric_limits<double>::infinity());
}

TEST(Receipt, SurvivesNamesThatAreNoUtf8) {
  auto receipt = example();
  receipt.run.folder = "/tmp/\xff\xfe";
  EXPECT_TRUE(parse_receipt(to_json(receipt)).ok());
}

TEST(Receipt, RefusesWhatIsNone) {
  for (const char* text : {"", "[]", "{}", "{\"schema\":\"wattle.receipt.v2\"}",
                           "{\"schema\":\"wattle.receipt.v1\"}"}) {
    EXPECT_EQ(parse_receipt(text).error().code(), ErrorCode::kParse) << text;
  }
  const auto whole = to_json(example());
  for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
    EXPECT_FALSE(parse_receipt(whole.substr(0, length)).ok());
  }
}

}  // namespace
}  // namespace wattle::messages
