#include "wattle/spec/spec_schema.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "wattle/base/file.h"
#include "wattle/base/rng.h"
#include "wattle/spec/job_spec.h"

namespace wattle::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a module above would register: every kind of value.
struct PauseSpec {
  bool enabled = false;
  std::optional<Joules> energy;
  std::optional<GramsCo2e> emissions;
  std::optional<Watts> power;
  std::optional<GramsPerKwh> above;
  Ratio threshold{0.25};
  std::optional<UtcTime> deadline;
  std::string goal = "energy";
  std::int64_t tries = 3;
};

Section<PauseSpec> describe_pause() {
  Section<PauseSpec> pause("When to pause.");
  pause.key("enabled", &PauseSpec::enabled, "Whether to.");
  pause.key("energy", &PauseSpec::energy, "Budget.").maximum(Joules(7.2e6));
  pause.key("emissions", &PauseSpec::emissions, "Budget.");
  pause.key("power", &PauseSpec::power, "Cap.");
  pause.key("above", &PauseSpec::above, "Intensity.");
  pause.key("threshold", &PauseSpec::threshold, "Share.").maximum(1);
  pause.key("deadline", &PauseSpec::deadline, "Latest end.");
  pause.key("goal", &PauseSpec::goal, "What to save.").choices({"energy", "carbon", "cost"});
  pause.key("tries", &PauseSpec::tries, "How often.").minimum(0).maximum(10);
  return pause;
}

Reading read_pause(const std::string& text) {
  SpecSchema schema(describe_job());
  schema.add("pause", describe_pause());
  const auto document = parse_document("run: x\npause: " + text, "w.yaml");
  EXPECT_TRUE(document.ok()) << document.error().message();
  return read_spec(schema, *document, {});
}

TEST(SpecSchema, FillsTheStructsOfModulesBesideTheJob) {
  const Reading reading = read_pause(
      "{enabled: true, energy: 2kWh, emissions: 500g, power: 250W, above: 400g/kWh, threshold: "
      "30%, deadline: 2026-12-01T06:00Z, goal: carbon, tries: 0}");
  ASSERT_TRUE(reading.ok()) << reading.problems.lines().front();
  const auto* pause = reading.find<PauseSpec>("pause");
  ASSERT_NE(pause, nullptr);
  EXPECT_TRUE(pause->enabled);
  EXPECT_EQ(pause->energy, Joules(7.2e6));
  EXPECT_EQ(pause->emissions, GramsCo2e(500));
  EXPECT_EQ(pause->power, Watts(250));
  EXPECT_EQ(pause->above, GramsPerKwh(400));
  EXPECT_EQ(pause->threshold, Ratio{0.3});
  EXPECT_EQ(pause->deadline->ns, 1'796'104'800 * kNanosPerSecond);
  EXPECT_EQ(pause->goal, "carbon");
  EXPECT_EQ(pause->tries, 0);
  EXPECT_EQ(std::get<std::string>(reading.root<JobSpec>().run), "x");
}

TEST(SpecSchema, LeavesOutWhatTheDocumentLeavesOut) {
  SpecSchema schema(describe_job());
  schema.add("pause", describe_pause());
  const Reading reading = read_spec(schema, *parse_document("run: x\n", "w.yaml"), {});
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading.find<PauseSpec>("pause"), nullptr);
}

TEST(SpecSchema, NamesTheKeysOfModulesInProblems) {
  EXPECT_THAT(
      read_pause("{goal: carbn, enabled: yes, tries: 11, energy: 3kWh, threshold: 101%, powr: 1W}")
          .problems.lines(),
      ElementsAre("w.yaml:2:15: key 'pause.goal': 'carbn' is none of energy, carbon or cost; did "
                  "you mean 'carbon'?",
                  "w.yaml:2:31: key 'pause.enabled': 'yes' is not a boolean; write true or false",
                  "w.yaml:2:43: key 'pause.tries': '11' is too large; the most is 10",
                  "w.yaml:2:55: key 'pause.energy': '3kWh' is too large; the most is 2kWh",
                  "w.yaml:2:72: key 'pause.threshold': '101%' is too large; the most is 1",
                  "w.yaml:2:78: key 'pause.powr': unknown key; did you mean 'power'?"));
  EXPECT_THAT(read_pause("{}\npaus: {}\n").problems.lines(),
              ElementsAre("w.yaml:3:1: key 'paus': unknown key; did you mean 'pause'?"));
}

TEST(JsonSchema, DescribesEveryKeyOnce) {
  SpecSchema schema(describe_job());
  schema.add("pause", describe_pause());
  const auto json = nlohmann::json::parse(json_schema(schema));
  EXPECT_EQ(json["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(json["additionalProperties"], false);
  EXPECT_EQ(json["required"], nlohmann::json({"run"}));
  const auto& properties = json["properties"];
  EXPECT_EQ(properties["grace"]["default"], "30s");
  EXPECT_EQ(properties["version"]["default"], 1);
  EXPECT_EQ(properties["version"]["anyOf"][0]["enum"], nlohmann::json({1}));
  EXPECT_EQ(properties["resources"]["properties"]["cpus"]["anyOf"][0]["type"], "integer");
  EXPECT_EQ(properties["metrics"]["properties"]["patterns"]["items"]["required"],
            nlohmann::json({"name", "pattern"}));
  EXPECT_EQ(properties["pause"]["properties"]["goal"]["anyOf"][0]["enum"],
            nlohmann::json({"energy", "carbon", "cost"}));
  const auto info = describe_job().info();
  for (const KeyInfo& key : info->keys) {
    EXPECT_FALSE(properties[key.name]["description"].get<std::string>().empty()) << key.name;
  }
}

/// The reference holds the tables that the description gives; WATTLE_UPDATE_GOLDEN=1 writes them.
TEST(Reference, IsWhatTheDescriptionSays) {
  RealFileSystem files;
  const std::string path = std::string(WATTLE_SOURCE_FOLDER) + "/docs/reference/wattle-yaml.md";
  const std::string begin = "<!-- generated: keys -->\n";
  auto text = files.read(path, limits::kSmallFileBytes);
  ASSERT_TRUE(text.ok()) << text.error().message();
  const std::size_t start = text->find(begin);
  ASSERT_NE(start, std::string::npos);
  const std::string wanted =
      text->substr(0, start + begin.size()) + "\n" + reference_markdown(SpecSchema(describe_job()));
  if (std::getenv("WATTLE_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(files.write_atomic(path, wanted).ok());
  } else {
    EXPECT_EQ(*text, wanted) << "run this test with WATTLE_UPDATE_GOLDEN=1";
  }
}

/// Documents mutated at random never end the process, and what is read is read back.
TEST(SpecSchema, SurvivesRandomDocuments) {
  constexpr std::string_view kPieces[] = {
      "run: x\n", "name: a\n", "params:\n", "  a: ",     "1\n",      "${params.a}", "{",
      "}",        "[",         "]",         "metrics: ", "patterns", ": ",          "- ",
      "\n",       "'",         "\"",        "*a",        "&a ",      "resources:",  "\n  cpus: ",
      "4+",       "8GB\n",     "<<: ",      "$$",        "|\n",      "\t",          "? "};
  Rng rng(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text = "run: x\n";
    const auto count = static_cast<int>(rng.uniform() * 12);
    for (int i = 0; i < count; ++i) {
      text += kPieces[static_cast<std::size_t>(rng.uniform() * std::size(kPieces))];
    }
    const auto document = parse_document(text, "w.yaml");
    if (!document.ok()) {
      ASSERT_EQ(document.error().message().find('\n'), std::string::npos) << text;
      continue;
    }
    const JobReading reading = read_job(*document, {});
    for (const std::string& line : reading.problems.lines()) {
      ASSERT_EQ(line.find('\n'), std::string::npos) << text;
    }
    if (reading.ok()) {
      const auto back = job_from_json(to_json(reading.job));
      ASSERT_TRUE(back.ok() && *back == reading.job) << text;
    }
  }
}

}  // namespace
}  // namespace wattle::spec
