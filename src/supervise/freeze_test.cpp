// Jobs that are frozen and thawed, on each rung of the ladder, with the real program.
#include <csignal>
#include <fstream>

#include "test_attempt.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/energy/records.h"
#include "wattle/store/segment.h"
#include "wattle/support/requirement.h"

namespace wattle::supervise {
namespace {

using ::testing::HasSubstr;

class Freezing : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { WATTLE_SKIP_WITHOUT(GetParam(), has_rung(GetParam())); }
  std::unique_ptr<Supervised> start(const Words& command, const Words& more = {}) {
    Words options{"--accounting", GetParam(), "--period", "0.02"};
    options.insert(options.end(), more.begin(), more.end());
    return std::make_unique<Supervised>(folder_ / "attempt", options, command);
  }
  std::unique_ptr<Supervised> start_saving(const Words& actions) {
    Words job{WATTLE_TEST_JOB, "save", std::to_string(SIGUSR1), fifo_.path()};
    job.insert(job.end(), actions.begin(), actions.end());
    auto attempt = start(job, {"--checkpoint-request", "SIGUSR1", "--checkpoint-folder",
                               folder_ / "checkpoints", "--checkpoint-timeout", "1000"});
    EXPECT_EQ(fifo_.line(), "ready");
    return attempt;
  }
  void freeze(Supervised& attempt) {
    attempt.ask(Request::kFreeze);
    attempt.wait_for_freeze(true);
  }
  void thaw(Supervised& attempt) {
    attempt.ask(Request::kThaw);
    attempt.wait_for_freeze(false);
  }
  std::vector<energy::GroupSample> samples(const Supervised& attempt) {
    std::vector<energy::GroupSample> all;
    for (const auto& segment : store::read_segments(files_, attempt.file("usage")).value()) {
      for (const auto& record : segment.records) {
        if (const auto sample = energy::decode_group_sample(record); sample.ok()) {
          all.push_back(*sample);
        }
      }
    }
    return all;
  }
  /// The samples from `from` on, once one of them satisfies `last`.
  template <typename Condition>
  std::vector<energy::GroupSample> samples_until(const Supervised& attempt, BootTime from,
                                                 Condition last) {
    std::vector<energy::GroupSample> found;
    EXPECT_TRUE(wait_for_change(attempt.file("usage/x"), [&] {
      found = samples(attempt);
      std::erase_if(found, [&](const auto& sample) { return sample.at < from; });
      return !found.empty() && last(found.back());
    }));
    return found;
  }
  static BootTime changed(const Supervised& attempt) {
    return {read_json(attempt.file("freeze.json")).value("changed_boot_ns", 0L)};
  }
  static std::string outcome(Supervised& attempt) {
    EXPECT_EQ(attempt.wait(), 0);
    for (const auto& group : attempt.start().value("cgroups", Words())) {
      EXPECT_NE(::access(group.c_str(), F_OK), 0) << group;
    }
    EXPECT_TRUE(
        energy::processes_with_environment("WATTLE_ATTEMPT=" + attempt.start().value("owner", ""))
            .empty());
    return attempt.end().value("outcome", "");
  }

  support::TemporaryFolder folder_;
  Fifo fifo_{folder_ / "fifo"};
  RealFileSystem files_;
};

TEST_P(Freezing, StandsStillWhileItForksAndGoesOn) {
  const auto attempt = start({WATTLE_TEST_JOB, "forks", fifo_.path()});
  EXPECT_EQ(fifo_.line(), "ready");
  freeze(*attempt);
  attempt->ask(Request::kFreeze);  // is harmless
  const Json frozen = read_json(attempt->file("freeze.json"));
  EXPECT_EQ(frozen.value("protocol", 0), 2);
  EXPECT_THAT(frozen.value("means", ""),
              HasSubstr(std::string(GetParam()) == "cgroup2"   ? "cgroup.freeze"
                        : std::string(GetParam()) == "cgroup1" ? "freezer.state"
                                                               : "SIGSTOP"));
  const BootTime since = changed(*attempt);
  // Not the samples from before it stood: the first after the document shows what it had used.
  const auto still = samples_until(*attempt, since + Seconds(0.02), [&](const auto& sample) {
    return sample.at > since + Seconds(0.4);
  });
  ASSERT_GE(still.size(), 2U);
  EXPECT_EQ(still.front().cpu_microseconds, still.back().cpu_microseconds);
  EXPECT_GE(still.back().processes, 1U);
  thaw(*attempt);
  samples_until(*attempt, changed(*attempt), [&](const auto& sample) {
    return sample.cpu_microseconds > still.back().cpu_microseconds;
  });
  attempt->signal(SIGTERM);
  EXPECT_EQ(outcome(*attempt), "stopped");
  EXPECT_GE(attempt->end().value("frozen_seconds", 0.0), 0.4);
  const Json thawed = read_json(attempt->file("freeze.json"));
  EXPECT_FALSE(thawed.value("frozen", true));
  EXPECT_GE(thawed.value("frozen_seconds", 0.0), 0.4);
}

TEST_P(Freezing, IsUndoneByAStop) {
  const std::string script =
      "trap 'echo saved; exit 5' TERM; echo ready > " + fifo_.path() + "; while :; do :; done";
  const auto attempt = start({"sh", "-c", script}, {"--grace", "1000"});
  EXPECT_EQ(fifo_.line(), "ready");
  freeze(*attempt);
  attempt->signal(SIGTERM);
  EXPECT_EQ(outcome(*attempt), "stopped");
  EXPECT_EQ(attempt->end().value("exit_code", 0), 5);
  EXPECT_EQ(attempt->log(), "stdout F saved\n");
  EXPECT_FALSE(read_json(attempt->file("freeze.json")).value("frozen", true));
}

TEST_P(Freezing, DoesNotSaveFromAKill) {
  const std::string script = "trap '' TERM INT; sleep 50 & echo ready > " + fifo_.path() + "; wait";
  const auto attempt = start({"sh", "-c", script}, {"--grace", "1000"});
  EXPECT_EQ(fifo_.line(), "ready");
  freeze(*attempt);
  attempt->signal(SIGTERM);
  attempt->signal(SIGINT);
  EXPECT_EQ(outcome(*attempt), "stopped");
  EXPECT_EQ(attempt->end().value("signal", 0), SIGKILL);
}

TEST_P(Freezing, EndsWithItsMainProcess) {
  const std::string script = "trap '' TERM; sleep 50 & echo ready > " + fifo_.path() + "; wait";
  const auto attempt = start({"sh", "-c", script});
  EXPECT_EQ(fifo_.line(), "ready");
  const pid_t main = attempt->start().value("main_pid", 0);
  freeze(*attempt);
  ::kill(main, SIGKILL);
  if (std::string(GetParam()) == "cgroup1") {
    thaw(*attempt);  // the freezer of version 1 holds the dying, too
  }
  EXPECT_EQ(outcome(*attempt), "signaled");
}

TEST_P(Freezing, IsUndoneByAnInterruption) {
  const auto attempt = start_saving({"confirm"});
  freeze(*attempt);
  attempt->ask(Request::kCheckpoint);
  attempt->wait_for_journal("but the job is frozen");
  attempt->ask(Request::kInterrupt);
  EXPECT_EQ(outcome(*attempt), "interrupted");
  EXPECT_EQ(attempt->end().value("checkpoint", 0), 1);
}

TEST_P(Freezing, LetsAConfirmationCountThatCameBefore) {
  const auto attempt = start_saving({"ignore"});
  freeze(*attempt);
  // As the job would have done it just before: what is seen is seen afterwards.
  folder_.write("checkpoints/done", "state");
  const auto part = folder_.write("attempt/part", R"({"path":"done","request":7})");
  ASSERT_TRUE(files_.rename(part, attempt->file("checkpoint/confirmation.json")).ok());
  EXPECT_EQ(attempt->wait_for_checkpoints(1)[0].value("path", ""), "done");
  EXPECT_TRUE(read_json(attempt->file("freeze.json")).value("frozen", false));
}

TEST_P(Freezing, LeavesAloneWhatTheJobHadStopped) {
  const std::string script = "sleep 50 & kill -STOP $!; echo $! > " + fifo_.path() + "; wait";
  const auto attempt = start({"sh", "-c", script});
  const pid_t child = std::stoi(fifo_.line());
  freeze(*attempt);
  thaw(*attempt);
  EXPECT_EQ(energy::read_process(child).value().state, 'T');
}

TEST_P(Freezing, StopsTheTimeLimit) {
  const auto attempt = start({"sh", "-c", "echo ready > " + fifo_.path() + "; exec sleep 50"},
                             {"--time-limit", "3"});
  EXPECT_EQ(fifo_.line(), "ready");
  freeze(*attempt);
  const BootTime begin{attempt->start().value("started_boot_ns", 0L)};
  samples_until(*attempt, begin,
                [&](const auto& sample) { return sample.at > begin + Seconds(3.3); });
  thaw(*attempt);
  EXPECT_EQ(outcome(*attempt), "time_limit");
  const Json end = attempt->end();
  const double lasted =
      static_cast<double>(end.value("ended_boot_ns", 0L) - end.value("started_boot_ns", 0L)) * 1e-9;
  EXPECT_GE(lasted - end.value("frozen_seconds", 0.0), 2.9);
}

TEST_P(Freezing, DoesNotKeepAJobAliveThatLostItsSupervisor) {
  const std::string script = "trap '' TERM; sleep 50 & echo $! > " + fifo_.path() + "; wait";
  const auto attempt = start({"sh", "-c", script});
  const Watch child(std::stoi(fifo_.line()));
  freeze(*attempt);
  const Json start = attempt->start();
  const Watch main(start.value("main_pid", 0));
  attempt->signal(SIGKILL);
  EXPECT_EQ(attempt->wait(), 128 + SIGKILL);
  const auto groups = start.value("cgroups", Words());
  EXPECT_TRUE(energy::end_group(groups, start.value("owner", "")).ok());
  EXPECT_TRUE(child.sees_its_end());
  EXPECT_TRUE(main.sees_its_end());
  for (const auto& group : groups) {
    EXPECT_NE(::access(group.c_str(), F_OK), 0) << group;
  }
}

INSTANTIATE_TEST_SUITE_P(Ladder, Freezing, ::testing::Values("cgroup2", "cgroup1", "subreaper"),
                         [](const auto& rung) { return std::string(rung.param); });

}  // namespace
}  // namespace wattle::supervise
