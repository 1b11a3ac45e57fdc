// A run's output is told once, in order, across attempts, breaks and rotations.
#include "wattle/api/run_output.h"

#include <gtest/gtest.h>

#include "wattle/base/file.h"
#include "wattle/base/text.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::api {
namespace {

class RunOutputTest : public ::testing::Test {
 protected:
  /// Appends a line as a supervisor does.
  void write(std::uint32_t attempt, const std::string& second, const std::string& text,
             const std::string& half = "output.log") {
    const auto folder = home_.attempt("RUN", attempt);
    ASSERT_TRUE(files_.make_directories(folder).ok());
    const auto file = files_.open_append(path_join(folder, half));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(
        (*file)->append(concat("2026-11-25T12:00:", second, "Z stdout F ", text, "\n")).ok());
  }
  static std::vector<std::string> texts(const RunOutput::Lines& read) {
    std::vector<std::string> all;
    for (const auto& line : read.lines) {
      all.push_back(concat(line.attempt, ":", line.text));
    }
    return all;
  }
  /// Everything that there is for a reader, in as many reads as it takes.
  static std::vector<std::string> all_of(RunOutput& output, std::uint32_t newest,
                                         std::size_t bytes = 1 << 20) {
    std::vector<std::string> all;
    for (bool more = true; more;) {
      const auto read = output.read(newest, bytes);
      EXPECT_TRUE(read.ok()) << read.error().message();
      const auto some = texts(*read);
      all.insert(all.end(), some.begin(), some.end());
      more = read->has_more;
    }
    return all;
  }

  support::TemporaryFolder folder_;
  store::Home home_{folder_.path()};
  RealFileSystem files_;
};

using Texts = std::vector<std::string>;

TEST_F(RunOutputTest, TellsEveryAttemptAndThenWhatComes) {
  write(1, "01", "a");
  write(2, "02", "b");
  RunOutput output(home_, "RUN", {});
  EXPECT_EQ(all_of(output, 2), (Texts{"1:a", "2:b"}));
  EXPECT_EQ(all_of(output, 2), Texts{});
  write(2, "03", "c");
  write(3, "04", "d");
  EXPECT_EQ(all_of(output, 2), (Texts{"2:c"})) << "the third attempt has not begun";
  EXPECT_EQ(all_of(output, 3), (Texts{"3:d"}));
}

TEST_F(RunOutputTest, GoesOnBehindAnyLine) {
  for (const auto* second : {"01", "01", "01", "02", "02", "03"}) {
    write(1, second, second);
  }
  write(2, "03", "last");
  RunOutput whole(home_, "RUN", {});
  const auto all = all_of(whole, 2);
  ASSERT_EQ(all.size(), 7U);
  // Whoever was told the first n lines, and comes again with that place, is told the rest.
  RunOutput first(home_, "RUN", {});
  for (std::size_t told = 0; told <= all.size(); ++told) {
    std::int64_t lines = 0;
    OutputPlace place;
    for (std::size_t i = 0; i < told; ++i) {
      const bool is_second = i == 6;
      const std::string second = is_second ? "03" : all[i].substr(2);
      const auto time = parse_rfc3339(concat("2026-11-25T12:00:", second, "Z"))->ns;
      const std::uint32_t attempt = is_second ? 2 : 1;
      lines = place.attempt == attempt && place.time_ns == time ? lines + 1 : 1;
      place = {.attempt = attempt, .time_ns = time, .lines = lines};
    }
    const auto parsed = OutputPlace::parse(place.text());
    ASSERT_TRUE(parsed.ok());
    RunOutput again(home_, "RUN", *parsed);
    EXPECT_EQ(all_of(again, 2), Texts(all.begin() + static_cast<std::ptrdiff_t>(told), all.end()))
        << told;
  }
}

TEST_F(RunOutputTest, ALongOutputComesInPieces) {
  Texts all;
  const std::string long_line(1000, 'x');
  for (int i = 0; i < 500; ++i) {
    write(1, i < 250 ? "01" : "02", concat(i, long_line));
    all.push_back(concat("1:", i, long_line));
  }
  RunOutput output(home_, "RUN", {});
  const auto piece = output.read(1, 64 << 10);
  ASSERT_TRUE(piece.ok());
  EXPECT_TRUE(piece->has_more);
  EXPECT_LT(piece->lines.size(), 200U);
  auto told = texts(*piece);
  // The same place, read by another one, as after a break.
  RunOutput again(home_, "RUN", output.place());
  const auto rest = all_of(again, 1, 64 << 10);
  told.insert(told.end(), rest.begin(), rest.end());
  EXPECT_EQ(told, all);
}

TEST_F(RunOutputTest, TheOlderHalfMayBeGone) {
  write(1, "01", "old");
  write(1, "02", "kept", "output.log");
  RunOutput output(home_, "RUN", {});
  ASSERT_EQ(all_of(output, 1).size(), 2U);
  const auto log = path_join(home_.attempt("RUN", 1), "output.log");
  ASSERT_EQ(std::rename(log.c_str(), (log + ".1").c_str()), 0);
  write(1, "03", "new");
  ASSERT_TRUE(files_.remove_all(log + ".1").ok());
  RunOutput again(home_, "RUN", output.place());
  EXPECT_EQ(all_of(again, 1), (Texts{"1:new"}));
}

TEST_F(RunOutputTest, NothingYetIsNothing) {
  RunOutput output(home_, "RUN", {});
  EXPECT_EQ(all_of(output, 0), Texts{});
  EXPECT_EQ(output.folder(), "");
}

TEST(OutputPlace, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "1", "1.2", "1.2.3.4", "a.2.3", "-1.2.3", "4294967296.2.3", "1..3"}) {
    EXPECT_FALSE(OutputPlace::parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace wattle::api
