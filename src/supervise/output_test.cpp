// The job's output on its way into the log: the cutter by itself, and the real program's log.
#include "job_output.h"
#include "test_attempt.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/support/requirement.h"

namespace wattle::supervise {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kStamp = "2026-11-23T18:17:26.123456789Z stdout ";

class Cutter : public ::testing::Test {
 protected:
  static std::string record(std::string_view rest) { return concat(kStamp, rest, "\n"); }
  SimulatedClock clock_{UtcTime{1'795'457'846'123'456'789}};
  LineCutter cutter_{"stdout", clock_};
};

TEST_F(Cutter, MakesARecordOfEachLine) {
  EXPECT_EQ(cutter_.cut("one\n\ntwo\n"), record("F one") + record("F ") + record("F two"));
  EXPECT_EQ(cutter_.flush(), "");
}

TEST_F(Cutter, KeepsTheRestUntilItsEndComes) {
  EXPECT_EQ(cutter_.cut("on"), "");
  EXPECT_EQ(cutter_.cut("e\ntw"), record("F one"));
  EXPECT_EQ(cutter_.flush(), record("P tw"));
  EXPECT_EQ(cutter_.cut("o\n"), record("F o"));
}

TEST_F(Cutter, CutsALongLine) {
  const std::string full(limits::kLogLineBytes, 'x');
  EXPECT_EQ(cutter_.cut(full + "yz\n"), record("P " + full) + record("F yz"));
  EXPECT_EQ(cutter_.cut(full + "\n"), record("P " + full) + record("F "));
}

TEST_F(Cutter, LeavesBytesAsTheyAre) {
  const std::string bytes("\0\xff\x1b[0m\r", 7);
  EXPECT_EQ(cutter_.cut(bytes + "\n"), record("F " + bytes));
}

std::string content(const std::string& path) {
  RealFileSystem files;
  return files.read(path, limits::kSmallFileBytes).value_or("");
}

TEST(Log, KeepsTwoHalvesOfWholeLines) {
  const support::TemporaryFolder folder;
  const std::string path = folder / "log";
  BoundedLog log(path, Bytes(8192));
  const std::string line = std::string(99, 'a') + "\n";
  std::int64_t appended = 0;
  for (int i = 0; i < 500; ++i, appended += 100) {
    log.append(line);
  }
  const std::string newer = content(path);
  const std::string older = content(path + ".1");
  EXPECT_LE(newer.size(), 4096U);
  EXPECT_LE(older.size(), 4096U);
  EXPECT_EQ(older.size() % 100, 0U);
  EXPECT_EQ(log.discarded_bytes() + std::ssize(newer) + std::ssize(older), appended);
  EXPECT_EQ(log.dropped_bytes(), 0);
}

TEST(Log, WritesAgainOnceItCanBeOpened) {
  const support::TemporaryFolder folder;
  BoundedLog log(folder / "later/log", Bytes(8192));
  log.append("lost\n");
  EXPECT_EQ(log.dropped_bytes(), 5);
  folder.write("later/other", "");
  log.append("kept\n");
  EXPECT_EQ(content(folder / "later/log"), "kept\n");
}

TEST(Output, HasBothStreamsWithTheirTimes) {
  const support::TemporaryFolder folder;
  Supervised attempt(folder / "a", {}, {"sh", "-c", "echo out; echo err >&2; printf tail"});
  EXPECT_EQ(attempt.wait(), 0);
  const std::string log = attempt.log();
  EXPECT_THAT(log, HasSubstr("stdout F out\n"));
  EXPECT_THAT(log, HasSubstr("stderr F err\n"));
  EXPECT_THAT(log, HasSubstr("stdout P tail\n"));
  EXPECT_THAT(content(attempt.file("output.log")),
              ::testing::ContainsRegex("^20[0-9-]+T[0-9:]+\\.[0-9]+Z std"));
}

TEST(Output, IsBounded) {
  const support::TemporaryFolder folder;
  Supervised attempt(folder / "a", {"--output-limit", "100000"},
                     {WATTLE_TEST_JOB, "say", "20000", "100"});
  EXPECT_EQ(attempt.wait(), 0);
  const auto newer = content(attempt.file("output.log"));
  const auto older = content(attempt.file("output.log.1"));
  EXPECT_LE(newer.size() + older.size(), 100'000U);
  EXPECT_GE(older.size(), 49'000U);
  EXPECT_GT(attempt.end().value("output_discarded_bytes", 0L), 2'000'000);
  EXPECT_EQ(attempt.end().value("output_dropped_bytes", -1L), 0);
}

TEST(Output, OfABinaryKindIsKept) {
  const support::TemporaryFolder folder;
  Supervised attempt(folder / "a", {}, {"head", "-c", "300000", "/dev/urandom"});
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_GT(content(attempt.file("output.log")).size(), 300'000U);
}

TEST(Output, OfAnEscapedWriterDoesNotHoldTheEndUp) {
  const support::TemporaryFolder folder;
  Fifo fifo(folder / "fifo");
  Fifo go(folder / "go");
  // Held open by a process that is not the job's: only its descriptor is.
  const std::string script = "echo $$ > " + fifo.path() + "; read x < " + go.path();
  Supervised attempt(folder / "a", {}, {"sh", "-c", script});
  const std::string held = concat("/proc/", fifo.line(), "/fd/1");
  const int pipe = ::open(held.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(pipe, 0);
  go.tell("go");
  EXPECT_EQ(attempt.wait(), 0);
  ::close(pipe);
}

TEST(Output, ThatFindsNoSpaceDoesNotStopTheJob) {
  const support::TemporaryFolder folder;
  RealSubprocess subprocess;
  const std::string disk = folder.write("disk/x", "");
  const std::string mounted = disk.substr(0, disk.size() - 2);
  const std::string mount = "mount -t tmpfs -o size=256k none " + mounted;
  const auto can =
      run_captured(subprocess, {.argv = {"unshare", "-m", "sh", "-c", mount}}, Seconds(20));
  WATTLE_SKIP_WITHOUT("mount", can.ok() && can->status.success());
  std::string line;
  for (const auto& word : Supervised::arguments(mounted + "/attempt", {"--period", "0.05"},
                                                {WATTLE_TEST_JOB, "say", "30000", "100"})) {
    line += " '" + word + "'";
  }
  const std::string script =
      concat(mount, " && ", line, "; cp ", mounted, "/attempt/exit.json ", folder / "exit.json");
  const auto ran =
      run_captured(subprocess, {.argv = {"unshare", "-m", "sh", "-c", script}}, Seconds(100));
  ASSERT_TRUE(ran.ok());
  const Json end = read_json(folder / "exit.json");
  EXPECT_EQ(end.value("outcome", ""), "exited");
  EXPECT_EQ(end.value("exit_code", -1), 0);
  EXPECT_GT(end.value("output_dropped_bytes", 0L), 1'000'000);
}

}  // namespace
}  // namespace wattle::supervise
