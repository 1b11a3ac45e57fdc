#include "command_line.h"

#include <map>

#include "run.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wattle::networks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Variables = std::map<std::string, std::string, std::less<>>;

Result<CommandLine> parse(std::vector<std::string> arguments, Variables variables = {}) {
  return parse_command_line(
      std::move(arguments),
      [values = std::move(variables)](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
      },
      4, "version");
}

std::string failure(std::vector<std::string> arguments) {
  const auto line = parse(std::move(arguments));
  return line.ok() ? "no failure" : line.error().message();
}

TEST(NetworkCommandLine, ReadsFlagsOverTheEnvironmentOverDefaults) {
  const auto line = parse({"mlp", "--data", "d.csv", "--layers", "32, 16", "--optimizer", "sgd"},
                          {{"WATTLE_PARAM_LAYERS", "8"},
                           {"WATTLE_PARAM_EPOCHS", "7"},
                           {"SM_HP_batch_norm", "on"},
                           {"WATTLE_MODEL_DIR", "/m"},
                           {"WATTLE_CPUS", "2"}});
  ASSERT_TRUE(line.ok()) << line.error().message();
  const NetworkOptions& options = line->options;
  EXPECT_THAT(options.model.layers, ElementsAre(32, 16));
  EXPECT_EQ(options.learn.optimizer, Optimizer::kSgd);
  EXPECT_EQ(options.learn.epochs, 7);
  EXPECT_EQ(options.model.batch_norm, Switch::kOn);
  EXPECT_EQ(options.output.model, "/m/model.pt");
  EXPECT_EQ(options.granted_cores, 2);
  EXPECT_EQ(options.kind, NetworkKind::kMlp);
  EXPECT_EQ(parse({"cnn", "--data", "d.npy"})->options.kind, NetworkKind::kCnn);
}

TEST(NetworkCommandLine, RefusesWithWhatItTakes) {
  EXPECT_THAT(failure({"mlp"}), HasSubstr("--data is missing"));
  EXPECT_THAT(failure({"mlp", "--data", "d", "--activation", "sigmoid"}),
              "--activation: 'sigmoid' is not known; it takes relu, gelu, tanh, silu");
  EXPECT_THAT(failure({"mlp", "--data", "d", "--layers", "8,0"}),
              HasSubstr("--layers: '8,0' is no list of such sizes; it takes at most 16"));
  EXPECT_THAT(failure({"cnn", "--data", "d", "--kernel", "4"}), HasSubstr("take 5"));
  EXPECT_THAT(failure({"mlp", "--data", "d", "--nesterov", "on", "--momentum", "0"}),
              HasSubstr("needs --momentum"));
  EXPECT_THAT(failure({"mlp", "--data", "d", "--epoch", "1"}),
              HasSubstr("did you mean '--epochs'?"));
  EXPECT_THAT(failure({"mlp", "--data", "d", "--channels", "1"}), HasSubstr("--channels"));
}

TEST(NetworkCommandLine, ExplainsEverySettingInItsHelp) {
  for (const char* command : {"mlp", "cnn"}) {
    const auto line = parse({command, "--help"});
    ASSERT_TRUE(line.ok() && line->text);
    NetworkOptions options;
    options.kind = std::string_view(command) == "cnn" ? NetworkKind::kCnn : NetworkKind::kMlp;
    for (const auto& setting : settings_of(options)) {
      EXPECT_THAT(*line->text, HasSubstr("--" + std::string(setting.flag)));
    }
  }
}

TEST(NetworkThreads, AreAsManyAsPay) {
  NetworkOptions options;
  options.granted_cores = 8;
  options.learn.batch = 64;
  EXPECT_EQ(useful_threads(options, 10'000), 1);
  EXPECT_EQ(useful_threads(options, 2'000'000), 3);
  EXPECT_EQ(useful_threads(options, 1'000'000'000), 8);
  options.threads = 2;
  EXPECT_EQ(useful_threads(options, 10'000), 2);
}

TEST(ClassWeights, CountEveryClassAlike) {
  const std::vector<float> labels{0, 0, 0, 1};
  EXPECT_THAT(balanced_weights(labels, 2),
              ElementsAre(::testing::FloatEq(2.0F / 3), ::testing::FloatEq(2)));
}

}  // namespace
}  // namespace wattle::networks
