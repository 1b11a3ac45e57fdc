// Each rung of the ladder, forced, with the real program: what is counted, limited and ended.
#include <csignal>
#include <fstream>
#include <numeric>

#include "test_attempt.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/energy/process_group.h"
#include "wattle/support/requirement.h"

namespace wattle::supervise {
namespace {

using ::testing::HasSubstr;

/// What its processes say themselves, one a line.
std::int64_t sum_of_lines(const std::string& path) {
  std::ifstream file(path);
  return std::accumulate(std::istream_iterator<std::int64_t>(file), {}, std::int64_t{0});
}

class Rung : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { WATTLE_SKIP_WITHOUT(GetParam(), has_rung(GetParam())); }
  Words on_this_rung(Words options = {}) const {
    options.insert(options.end(), {"--accounting", GetParam()});
    return options;
  }
  static void expect_nothing_left(const Supervised& attempt) {
    const Json start = attempt.start();
    EXPECT_EQ(start.value("accounting", ""), std::string(GetParam()));
    EXPECT_EQ(start.value("cgroups", Words()).empty(), std::string(GetParam()) == "subreaper");
    for (const auto& group : start.value("cgroups", Words())) {
      EXPECT_NE(::access(group.c_str(), F_OK), 0) << group;
    }
    const std::string owner = start.value("owner", "");
    EXPECT_TRUE(energy::processes_with_environment("WATTLE_ATTEMPT=" + owner).empty());
  }
  /// What an orphan burns; the main process waits for it, and does nothing.
  Words burning_orphan(double seconds, const std::string& name) const {
    const std::string fifo = folder_ / (name + ".fifo");
    ::mkfifo(fifo.c_str(), 0600);
    const std::string job = WATTLE_TEST_JOB;
    return {"sh", "-c",
            concat(job, " orphan ", job, " burn ", seconds, " ", folder_ / name, " ", fifo,
                   "; exec cat ", fifo)};
  }
  void expect_counted(const Supervised& attempt, const std::string& name) const {
    const auto reported = sum_of_lines(folder_ / name);
    const auto counted = attempt.end().value("cpu_microseconds", 0L);
    EXPECT_GT(reported, 0);
    EXPECT_NEAR(static_cast<double>(counted), static_cast<double>(reported),
                0.05 * static_cast<double>(reported));
  }

  support::TemporaryFolder folder_;
};

TEST_P(Rung, CountsAnOrphanInASessionOfItsOwn) {
  Supervised attempt(folder_ / "attempt", on_this_rung(), burning_orphan(0.8, "used"));
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.end().value("exit_code", -1), 0);
  expect_counted(attempt, "used");
  expect_nothing_left(attempt);
}

TEST_P(Rung, CountsTwoBusyGroupsApart) {
  Supervised one(folder_ / "one", on_this_rung(), burning_orphan(0.9, "used1"));
  Supervised two(folder_ / "two", on_this_rung(), burning_orphan(0.5, "used2"));
  EXPECT_EQ(one.wait(), 0);
  EXPECT_EQ(two.wait(), 0);
  expect_counted(one, "used1");
  expect_counted(two, "used2");
}

TEST_P(Rung, CountsWhatIsKilledAtTheEnd) {
  Fifo fifo(folder_ / "fifo");
  // The orphan is busy and ignores requests; it is still there when the main process has ended.
  const std::string job = WATTLE_TEST_JOB;
  const std::string script =
      concat("trap '' TERM; ", job, " burn 0.4 ", folder_ / "used", "; ", job, " orphan ", job,
             " burn 50 ", folder_ / "never", "; exit 4");
  Supervised attempt(folder_ / "attempt", on_this_rung({"--grace", "0.2"}), {"sh", "-c", script});
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.end().value("exit_code", -1), 4);
  EXPECT_EQ(attempt.end().value("outcome", ""), "exited");
  EXPECT_GT(attempt.end().value("cpu_microseconds", 0L), sum_of_lines(folder_ / "used"));
  expect_nothing_left(attempt);
}

TEST_P(Rung, EndsTwoHundredProcessesWhole) {
  Fifo fifo(folder_ / "fifo");
  const std::string script = concat(
      "trap '' TERM; i=0; while [ $i -lt 200 ]; do sleep 50 & i=$((i+1)); done; echo ready > ",
      fifo.path(), "; wait");
  Supervised attempt(folder_ / "attempt", on_this_rung({"--grace", "0.1"}), {"sh", "-c", script});
  EXPECT_EQ(fifo.line(), "ready");
  attempt.signal(SIGTERM);
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.end().value("outcome", ""), "stopped");
  EXPECT_EQ(attempt.end().value("reason", "").find("could not be ended"), std::string::npos);
  expect_nothing_left(attempt);
}

TEST_P(Rung, SaysHowTheMemoryLimitWasMet) {
  Supervised attempt(folder_ / "attempt", on_this_rung({"--memory", "67108864"}),
                     {WATTLE_TEST_JOB, "allocate", "268435456"});
  EXPECT_EQ(attempt.wait(), 0);
  const Json end = attempt.end();
  if (attempt.start().value("accounting_reason", "").find("setrlimit") != std::string::npos) {
    EXPECT_EQ(end.value("outcome", ""), "exited");
    EXPECT_EQ(end.value("exit_code", 0), 9) << "each process is refused on its own";
    return;
  }
  EXPECT_EQ(end.value("outcome", ""), "memory_limit");
  EXPECT_EQ(end.value("signal", 0), SIGKILL);
  EXPECT_EQ(end.value("memory_kills", 0), 1);
  EXPECT_THAT(end.value("reason", ""), HasSubstr("at the limit of 67108864 bytes"));
  EXPECT_GT(end.value("memory_peak_bytes", 0L), 60L << 20);
  EXPECT_LE(end.value("memory_peak_bytes", 0L), 64L << 20);
  expect_nothing_left(attempt);
}

TEST_P(Rung, TellsThePeakOfItsMemory) {
  Supervised attempt(folder_ / "attempt", on_this_rung(),
                     {WATTLE_TEST_JOB, "allocate", "134217728"});
  EXPECT_EQ(attempt.wait(), 0);
  const auto peak = attempt.end().value("memory_peak_bytes", 0L);
  EXPECT_GE(peak, 128L << 20);
  EXPECT_LE(peak, 160L << 20);
}

TEST_P(Rung, BindsTheJobToTheCpusItWasGranted) {
  Supervised attempt(folder_ / "attempt", on_this_rung({"--cpus", "1"}), {"nproc"});
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.log(), "stdout F 1\n");
}

TEST_P(Rung, KeepsAShareOfACpu) {
  Supervised attempt(folder_ / "attempt", on_this_rung({"--cpus", "0.5"}),
                     {WATTLE_TEST_JOB, "burn", "0.3", folder_ / "used"});
  EXPECT_EQ(attempt.wait(), 0);
  const std::string means = attempt.start().value("accounting_reason", "");
  if (means.find("affinity and cpu") == std::string::npos) {
    EXPECT_NE(means.find("CPU limit by affinity"), std::string::npos) << "and it says so";
    return;
  }
  const Json end = attempt.end();
  // Six periods of 0.1 s in which it has 0.05 s each: no load makes that shorter.
  EXPECT_GE(end.value("ended_boot_ns", 0L) - end.value("started_boot_ns", 0L), 450'000'000);
}

INSTANTIATE_TEST_SUITE_P(Ladder, Rung, ::testing::Values("cgroup2", "cgroup1", "subreaper"),
                         [](const auto& rung) { return std::string(rung.param); });

TEST(Accounting, RefusesARungThatIsNotHere) {
  WATTLE_SKIP_WITHOUT("a host without cgroup1", !has_rung("cgroup1"));
  const support::TemporaryFolder folder;
  Supervised attempt(folder / "attempt", {"--accounting", "cgroup1"}, {"true"});
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.end().value("outcome", ""), "not_started");
  EXPECT_THAT(attempt.end().value("reason", ""), HasSubstr("leave it at 'auto'"));
}

TEST(Accounting, ChoosesTheBestRung) {
  const support::TemporaryFolder folder;
  Supervised attempt(folder / "attempt", {}, {"true"});
  EXPECT_EQ(attempt.wait(), 0);
  const std::string best = has_rung("cgroup2")   ? "cgroup2"
                           : has_rung("cgroup1") ? "cgroup1"
                                                 : "subreaper";
  EXPECT_EQ(attempt.end().value("accounting", ""), best);
}

}  // namespace
}  // namespace wattle::supervise
