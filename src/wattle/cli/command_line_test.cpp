#include "wattle/cli/command_line.h"

#include <gtest/gtest.h>

namespace wattle::cli {
namespace {

Result<CommandLine> parse(std::vector<std::string> words) {
  return parse_command_line(words);
}

std::string complaint(std::vector<std::string> words) {
  const auto line = parse(std::move(words));
  return line.ok() ? "" : line.error().message();
}

TEST(CommandLine, GivesTheMeasuredCommandItsOwnFlags) {
  const auto line =
      parse({"measure", "--json", "--zone", "DE", "--", "sh", "-c", "exit 3", "--json"});
  ASSERT_TRUE(line.ok()) << line.error().message();
  const auto& options = std::get<MeasureOptions>(*line);
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.zone, "DE");
  EXPECT_EQ(options.command, (std::vector<std::string>{"sh", "-c", "exit 3", "--json"}));
}

TEST(CommandLine, MeasureNeedsNoDashesBeforeAPlainCommand) {
  const auto line = parse({"measure", "--name", "n", "ls", "-l"});
  ASSERT_TRUE(line.ok()) << line.error().message();
  EXPECT_EQ(std::get<MeasureOptions>(*line).command, (std::vector<std::string>{"ls", "-l"}));
}

TEST(CommandLine, MeasureTakesAProcessOrACommand) {
  const auto line = parse({"measure", "--pid", "12", "--until-input-ends", "--json"});
  ASSERT_TRUE(line.ok()) << line.error().message();
  EXPECT_EQ(std::get<MeasureOptions>(*line).pid, 12);
  EXPECT_TRUE(std::get<MeasureOptions>(*line).until_input_ends);
  EXPECT_EQ(complaint({"measure", "--pid", "12", "ls"}),
            "a process by --pid or a command, not both");
  EXPECT_EQ(complaint({"measure", "--pid", "12", "--", "ls"}),
            "a process by --pid or a command, not both");
  EXPECT_EQ(complaint({"measure", "--pid", "1"}), "--pid 1 is no process that can be measured");
  EXPECT_EQ(complaint({"measure", "--until-input-ends", "ls"}),
            "--until-input-ends is for --pid; a command has the input itself");
}

TEST(CommandLine, KeepsWhatIsNotForPeopleOutOfItsHelp) {
  EXPECT_TRUE(parse({"await-process", "12:3"}).ok());
  EXPECT_EQ(std::get<HelpText>(*parse({"help"})).text.find("await-process"), std::string::npos);
  EXPECT_EQ(complaint({"await-proces"}).find("did you mean"), std::string::npos);
}

TEST(CommandLine, RunTakesAFileOrACommand) {
  EXPECT_EQ(std::get<RunOptions>(*parse({"run"})).file, "wattle.yaml");
  EXPECT_EQ(
      std::get<RunOptions>(*parse({"run", "a.yaml", "--set", "params.lr=0.1", "--set", "name=x"}))
          .overrides,
      (std::vector<std::string>{"params.lr=0.1", "name=x"}));
  EXPECT_EQ(std::get<RunOptions>(*parse({"run", "-d", "--", "python", "t.py"})).command,
            (std::vector<std::string>{"python", "t.py"}));
}

TEST(CommandLine, NamesTheNearestWordForATypo) {
  EXPECT_EQ(complaint({"mesure", "ls"}), "unknown command 'mesure'; did you mean 'measure'?");
  EXPECT_EQ(complaint({"frobnicate"}), "unknown command 'frobnicate'; `wattle --help` lists them");
  EXPECT_EQ(complaint({"ps", "--jsno"}),
            "unknown flag '--jsno' of `wattle ps`; did you mean '--json'?");
  EXPECT_EQ(complaint({"run", "--dryrun"}),
            "unknown flag '--dryrun' of `wattle run`; did you mean '--dry-run'?");
}

TEST(CommandLine, AnEmptyCommandIsAnError) {
  EXPECT_NE(complaint({"measure"}).find("no command to measure"), std::string::npos);
  EXPECT_NE(complaint({"measure", "--"}).find("behind `--`"), std::string::npos);
  EXPECT_NE(complaint({"run", "--"}).find("behind `--`"), std::string::npos);
}

TEST(CommandLine, RefusesAFileBesideACommandAndAnEmptyProgram) {
  EXPECT_EQ(complaint({"run", "job.yaml", "--", "true"}),
            "a job from job.yaml or a command behind `--`, not both");
  EXPECT_EQ(complaint({"measure", ""}),
            "the command behind `--` is empty; its first word names the program");
}

TEST(CommandLine, RefusesWhatAFlagDoesNotTake) {
  EXPECT_FALSE(complaint({"doctor", "--fix", "everything"}).empty());
  EXPECT_FALSE(complaint({"logs", "last", "--stream", "both"}).empty());
  EXPECT_FALSE(complaint({"stop"}).empty());
  EXPECT_FALSE(complaint({"show", "a", "b"}).empty());
}

TEST(CommandLine, HelpIsNoError) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {}, {"--help"}, {"help"}, {"run", "--help"}, {"measure", "-h"}}) {
    const auto line = parse(words);
    ASSERT_TRUE(line.ok()) << line.error().message();
    EXPECT_TRUE(std::holds_alternative<HelpText>(*line));
  }
}

}  // namespace
}  // namespace wattle::cli
