#include "wattle/executor/output_log.h"

#include <cstdio>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kStart = "2026-11-23T18:17:26.123456789Z stdout F ";

std::string record(std::string_view text) {
  return std::string(kStart) + std::string(text) + "\n";
}

std::vector<std::string> texts_of(const std::string& folder) {
  std::vector<std::string> texts;
  const auto status =
      read_output(folder, [&](const OutputLine& line) { texts.push_back(line.text); });
  EXPECT_TRUE(status.ok());
  return texts;
}

TEST(OutputLine, HasTimeStreamAndText) {
  const auto line = parse_output_line("2026-11-23T18:17:26.123456789Z stderr P  two  spaces ");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->time.ns % kNanosPerSecond, 123'456'789);
  EXPECT_EQ(to_rfc3339(line->time), "2026-11-23T18:17:26.123Z");
  EXPECT_EQ(line->stream, OutputLine::Stream::kError);
  EXPECT_TRUE(line->partial);
  EXPECT_EQ(line->text, " two  spaces ");
}

TEST(OutputLine, MayBeEmptyButNotDamaged) {
  EXPECT_EQ(parse_output_line(kStart)->text, "");
  for (const auto* damaged : {"", "2026-11-23T18:17:26Z", "2026-11-23T18:17:26Z stdout X a",
                              "no time here F a", "2026-11-23T18:17:26Z stdin F a"}) {
    EXPECT_FALSE(parse_output_line(damaged).has_value()) << damaged;
  }
}

TEST(ReadOutput, GivesTheOlderHalfFirst) {
  const support::TemporaryFolder folder;
  folder.write("output.log.1", record("one") + record("two"));
  folder.write("output.log", record("three"));
  EXPECT_EQ(texts_of(folder.path()), (std::vector<std::string>{"one", "two", "three"}));
}

TEST(ReadOutput, LeavesOutARecordThatIsCutOrDamaged) {
  const support::TemporaryFolder folder;
  folder.write("output.log", record("one") + "garbage\n" + record("two") + "2026-11-23T18:1");
  EXPECT_EQ(texts_of(folder.path()), (std::vector<std::string>{"one", "two"}));
}

TEST(ReadOutput, FindsNothingWhereThereIsNothing) {
  const support::TemporaryFolder folder;
  EXPECT_TRUE(texts_of(folder.path()).empty());
}

TEST(ReadOutput, BoundsARecordWithoutEnd) {
  const support::TemporaryFolder folder;
  folder.write("output.log", std::string(kStart) + std::string(3 << 20, 'x') + "\n" + record("b"));
  const auto texts = texts_of(folder.path());
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_LT(texts[0].size(), 200'000U);
  EXPECT_EQ(texts[1], "b");
}

TEST(OutputReader, FollowsRotationWithoutLossOrRepetition) {
  const support::TemporaryFolder folder;
  OutputReader reader(folder.path());
  std::vector<std::string> texts;
  const auto read_new = [&] {
    EXPECT_TRUE(reader.read_new([&](const OutputLine& line) { texts.push_back(line.text); }).ok());
  };
  const auto rotate = [&] {
    ASSERT_EQ(std::rename((folder / "output.log").c_str(), (folder / "output.log.1").c_str()), 0);
  };
  read_new();
  folder.write("output.log", record("a"));
  read_new();
  std::ofstream(folder / "output.log", std::ios::app) << record("b");
  rotate();
  read_new();  // between the renaming and the new half
  folder.write("output.log", record("c"));
  rotate();
  folder.write("output.log", record("d"));
  read_new();
  read_new();
  EXPECT_EQ(texts, (std::vector<std::string>{"a", "b", "c", "d"}));
}

TEST(OutputReader, ReadsARecordOnceItIsWhole) {
  const support::TemporaryFolder folder;
  OutputReader reader(folder.path());
  std::vector<std::string> texts;
  const auto keep = [&](const OutputLine& line) { texts.push_back(line.text); };
  const auto whole = record("whole");
  folder.write("output.log", whole.substr(0, 45));
  ASSERT_TRUE(reader.read_new(keep).ok());
  EXPECT_TRUE(texts.empty());
  std::ofstream(folder / "output.log", std::ios::app) << whole.substr(45);
  ASSERT_TRUE(reader.read_new(keep).ok());
  EXPECT_EQ(texts, std::vector<std::string>{"whole"});
}

TEST(OutputReader, ForgetsARecordThatWasTakenBack) {
  const support::TemporaryFolder folder;
  OutputReader reader(folder.path());
  std::vector<std::string> texts;
  const auto keep = [&](const OutputLine& line) { texts.push_back(line.text); };
  const auto path = folder.write("output.log", record("a") + "2026-11-23T18:1");
  ASSERT_TRUE(reader.read_new(keep).ok());
  ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(record("a").size())), 0);
  ASSERT_TRUE(reader.read_new(keep).ok());
  std::ofstream(path, std::ios::app) << record("b");
  ASSERT_TRUE(reader.read_new(keep).ok());
  EXPECT_EQ(texts, (std::vector<std::string>{"a", "b"}));
}

TEST(OutputFollower, GivesWhatComesUntilItIsStopped) {
  const support::TemporaryFolder folder;
  folder.write("output.log", record("there"));
  const Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  const Descriptor seen(::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE));
  std::vector<std::string> texts;
  Status status;
  std::thread follower([&] {
    status = OutputFollower().follow(folder.path(), stop.get(), [&](const OutputLine& line) {
      texts.push_back(line.text);
      ::eventfd_write(seen.get(), 1);
    });
  });
  eventfd_t count = 0;
  ::eventfd_read(seen.get(), &count);
  std::ofstream(folder / "output.log", std::ios::app) << record("appended");
  ::eventfd_read(seen.get(), &count);
  std::rename((folder / "output.log").c_str(), (folder / "output.log.1").c_str());
  folder.write("output.log", record("rotated"));
  ::eventfd_read(seen.get(), &count);
  ::eventfd_write(stop.get(), 1);
  follower.join();
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(texts, (std::vector<std::string>{"there", "appended", "rotated"}));
}

TEST(OutputFollower, DrainsWhatIsLeftWhenStopped) {
  const support::TemporaryFolder folder;
  folder.write("output.log", record("last words"));
  const Descriptor stop(::eventfd(1, EFD_CLOEXEC));
  std::vector<std::string> texts;
  const auto keep = [&](const OutputLine& line) { texts.push_back(line.text); };
  EXPECT_TRUE(OutputFollower().follow(folder.path(), stop.get(), keep).ok());
  EXPECT_EQ(texts, std::vector<std::string>{"last words"});
  EXPECT_EQ(OutputFollower().follow(folder / "absent", stop.get(), keep).error().code(),
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace wattle::executor
