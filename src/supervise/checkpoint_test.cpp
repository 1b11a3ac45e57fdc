// The real program and jobs that make checkpoints, well or badly: what counts, and how an
// interruption ends.
#include <csignal>
#include <filesystem>

#include "checkpoint_verifier.h"
#include "test_attempt.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "wattle/base/path_digest.h"
#include "wattle/base/time.h"
#include "wattle/energy/process_group.h"

namespace wattle::supervise {
namespace {

using ::testing::HasSubstr;

class CheckpointTest : public ::testing::Test {
 protected:
  std::string checkpoints() const { return folder_ / "checkpoints"; }
  Words options(const std::string& request, Words more = {}) const {
    Words words{"--checkpoint-request", request,   "--checkpoint-folder",
                checkpoints(),          "--grace", "30"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// Starts a job that answers SIGUSR1 by `actions`, and waits until it can.
  std::unique_ptr<Supervised> start(const Words& actions, const Words& more = {}) {
    return start_with("SIGUSR1", std::to_string(SIGUSR1), actions, more);
  }
  std::unique_ptr<Supervised> start_with(const std::string& request, const std::string& how,
                                         const Words& actions, const Words& more = {}) {
    Words job{WATTLE_TEST_JOB, "save", how, fifo_.path()};
    job.insert(job.end(), actions.begin(), actions.end());
    auto attempt = std::make_unique<Supervised>(folder_ / "attempt", options(request, more), job);
    EXPECT_EQ(fifo_.line(), "ready");
    return attempt;
  }
  std::string request_file() const {
    return files_.read(folder_ / "attempt/checkpoint.request", 64).value_or("none");
  }
  static std::string outcome(Supervised& attempt) {
    EXPECT_EQ(attempt.wait(), 0);
    return attempt.end().value("outcome", "");
  }

  support::TemporaryFolder folder_;
  Fifo fifo_{folder_ / "fifo"};
  mutable RealFileSystem files_;
};

TEST_F(CheckpointTest, CountsWhenItIsConfirmedAndWrittenDown) {
  const auto attempt = start({"confirm"});
  EXPECT_EQ(request_file(), "none");
  attempt->ask(Request::kCheckpoint);
  const Json line = attempt->wait_for_checkpoints(1)[0];
  EXPECT_EQ(request_file(), "1\n");
  EXPECT_EQ(line.value("number", 0), 1);
  EXPECT_EQ(line.value("path", ""), "step-1");
  EXPECT_EQ(line.value("step", 0), 1);
  EXPECT_EQ(line.value("request", 0), 1);
  const auto digest = digest_path(checkpoints() + "/step-1").value();
  EXPECT_EQ(line.value("sha256", ""), digest.sha256);
  EXPECT_EQ(line.value("bytes", 0), digest.bytes);
  EXPECT_GT(digest.bytes, 0);
  EXPECT_GT(line.value("cost_seconds", 0.0), 0.0);
  EXPECT_NEAR(static_cast<double>(line.value("confirmed_boot_ns", 0L) -
                                  line.value("requested_boot_ns", 0L)) *
                  1e-9,
              line.value("cost_seconds", 0.0), 1e-5);
  EXPECT_LE(line.value("requested_utc_ns", 0L), line.value("confirmed_utc_ns", -1L));
  attempt->signal(SIGTERM);
  EXPECT_EQ(outcome(*attempt), "stopped");
  EXPECT_EQ(attempt->end().value("checkpoint", 0), 1);
  EXPECT_EQ(attempt->end().value("checkpoint_path", ""), "step-1");
}

TEST_F(CheckpointTest, MayBeAFolderAndOneOfMany) {
  const auto attempt = start({"folder"});
  for (std::size_t i = 1; i <= 3; ++i) {
    attempt->ask(Request::kCheckpoint);
    const Json line = attempt->wait_for_checkpoints(i)[i - 1];
    EXPECT_EQ(line.value("request", 0U), i);
    const auto digest = digest_path(checkpoints() + "/" + line.value("path", "")).value();
    EXPECT_EQ(line.value("sha256", ""), digest.sha256);
    EXPECT_EQ(line.value("bytes", 0), digest.bytes);
  }
}

class Verifier : public ::testing::Test {
 protected:
  enum class Hurry { kNone, kGiveUp };
  Result<PathDigest> run(const std::string& path, Hurry hurry = Hurry::kNone) {
    const auto started = verifier_.start(folder_.path(), path, 5);
    EXPECT_TRUE(started.ok());
    if (hurry == Hurry::kGiveUp) {
      verifier_.abort();
    }
    rusage usage{};
    EXPECT_EQ(::wait4(verifier_.pid(), nullptr, 0, &usage), verifier_.pid());
    auto result = verifier_.reaped(usage);
    EXPECT_FALSE(verifier_.is_running());
    return result;
  }
  support::TemporaryFolder folder_;
  CheckpointVerifier verifier_;
};

TEST_F(Verifier, DigestsInAProcessOfItsOwnAndCountsItsTime) {
  const std::string large = folder_.write("a/b/large", "x");
  std::filesystem::resize_file(large, 32 << 20);
  EXPECT_EQ(*run(large), *digest_path(large));
  EXPECT_GT(verifier_.cpu_microseconds(), 0);
  const auto before = verifier_.cpu_microseconds();
  EXPECT_EQ(*run(folder_ / "a"), *digest_path(folder_ / "a"));
  EXPECT_GT(verifier_.cpu_microseconds(), before);
}

TEST_F(Verifier, SaysWhatItCannotRead) {
  EXPECT_THAT(run(folder_ / "absent").error().message(), HasSubstr("absent"));
  const auto given_up = run(folder_.write("file", "x"), Hurry::kGiveUp);
  if (!given_up.ok()) {  // it may have been faster
    EXPECT_THAT(given_up.error().message(), HasSubstr("took too long"));
  }
}

TEST_F(CheckpointTest, IsAskedForByAFileAlone) {
  const auto attempt = start_with("file", "file", {"confirm"});
  attempt->ask(Request::kCheckpoint);
  EXPECT_EQ(attempt->wait_for_checkpoints(1)[0].value("request", 0), 1);
  attempt->ask(Request::kInterrupt);
  EXPECT_EQ(outcome(*attempt), "interrupted");
  EXPECT_EQ(attempt->end().value("checkpoint", 0), 2);
}

TEST_F(CheckpointTest, OfTheJobsOwnAccordCountsToo) {
  const auto attempt = start({"unasked", "confirm"});
  ::kill(attempt->start().value("main_pid", 0), SIGUSR1);
  const Json line = attempt->wait_for_checkpoints(1)[0];
  EXPECT_EQ(line.value("request", -1), 0);
  EXPECT_FALSE(line.contains("cost_seconds"));
  EXPECT_FALSE(line.contains("requested_utc_ns"));
}

// Requests at intervals may begin before the job has its handler: only their order is known.
TEST_F(CheckpointTest, IsAskedForAtTheInterval) {
  const auto attempt = start({"confirm"}, {"--checkpoint-interval", "0.05"});
  const auto lines = attempt->wait_for_checkpoints(3);
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(lines[i].value("request", 0), lines[i - 1].value("request", 0) + 1);
    EXPECT_GE(lines[i].value("requested_boot_ns", 0L) - lines[i - 1].value("confirmed_boot_ns", 0L),
              50'000'000);
  }
}

TEST_F(CheckpointTest, IsAskedForAgainAfterOneThatWasNotConfirmed) {
  const auto attempt = start({"ignore", "confirm"},
                             {"--checkpoint-interval", "0.05", "--checkpoint-timeout", "0.1"});
  EXPECT_EQ(fifo_.line(), "ignore");
  const auto request = attempt->wait_for_checkpoints(1)[0].value("request", 0);
  attempt->wait_for_journal(concat("request ", request - 1, " was not confirmed in 100 ms"));
}

TEST_F(CheckpointTest, CountsThoughItIsLate) {
  // The job answers the first request only when the second one comes.
  const auto attempt = start({"ignore", "confirm"}, {"--checkpoint-timeout", "0.1"});
  attempt->ask(Request::kCheckpoint);
  attempt->wait_for_journal("request 1 was not confirmed");
  ::kill(attempt->start().value("main_pid", 0), SIGUSR1);
  const Json line = attempt->wait_for_checkpoints(1)[0];
  EXPECT_EQ(line.value("request", 0), 1);
  EXPECT_GE(line.value("cost_seconds", 0.0), 0.1);
}

TEST_F(CheckpointTest, ConfirmedWronglyDoesNotCount) {
  const auto attempt = start({"garbage", "outside", "absent", "again", "confirm", "again"},
                             {"--checkpoint-timeout", "1000"});
  const auto again = [&] { ::kill(attempt->start().value("main_pid", 0), SIGUSR1); };
  attempt->ask(Request::kCheckpoint);
  attempt->wait_for_journal("the confirmation is not understood");
  again();
  attempt->wait_for_journal("'../outside' is not below WATTLE_CHECKPOINT_DIR");
  again();
  attempt->wait_for_journal("'never-written' is not there");
  again();
  for (const auto* done : {"garbage", "outside", "absent", "again"}) {
    EXPECT_EQ(fifo_.line(), done);
  }
  again();
  EXPECT_EQ(attempt->wait_for_checkpoints(1)[0].value("path", ""), "step-5");
  again();
  attempt->wait_for_journal("checkpoint 'step-5' was confirmed again");
  EXPECT_EQ(attempt->checkpoints().size(), 1U);
  attempt->signal(SIGTERM);
  EXPECT_EQ(outcome(*attempt), "stopped");
}

TEST_F(CheckpointTest, DoesNotEndProcessesThatKnowNothingOfIt) {
  // A shell and a child without a handler beside the one that saves.
  const std::string script = concat("sleep 50 & echo $! > ", fifo_.path(), "; ", WATTLE_TEST_JOB,
                                    " save ", SIGUSR1, " ", fifo_.path(), " confirm; wait");
  Supervised attempt(folder_ / "attempt", options("SIGUSR1"), {"sh", "-c", script});
  const pid_t bystander = std::stoi(fifo_.line());
  EXPECT_EQ(fifo_.line(), "ready");
  attempt.ask(Request::kCheckpoint);
  attempt.wait_for_checkpoints(1);
  EXPECT_EQ(::kill(bystander, 0), 0);
  EXPECT_FALSE(energy::read_process(bystander).value().is_dead());
  EXPECT_FALSE(energy::read_process(attempt.start().value("main_pid", 0)).value().is_dead());
}

TEST_F(CheckpointTest, IsNotAwaitedFromAJobWithoutAHandler) {
  Supervised attempt(folder_ / "attempt", options("SIGUSR1", {"--checkpoint-timeout", "1000"}),
                     {"sleep", "50"});
  EXPECT_TRUE(wait_for_change(attempt.file("supervisor.json"), [&] {
    return std::filesystem::exists(attempt.file("supervisor.json"));
  }));
  attempt.ask(Request::kInterrupt);
  EXPECT_EQ(outcome(attempt), "interrupted");
  EXPECT_THAT(attempt.end().value("reason", ""), HasSubstr("has a handler for SIGUSR1"));
  EXPECT_EQ(attempt.end().value("signal", 0), SIGTERM);
}

TEST_F(CheckpointTest, IsMadeBeforeAnInterruption) {
  const auto attempt = start({"confirm"}, {"--checkpoint-timeout", "1000"});
  attempt->ask(Request::kInterrupt);
  attempt->ask(Request::kInterrupt);  // is harmless
  EXPECT_EQ(outcome(*attempt), "interrupted");
  const Json end = attempt->end();
  EXPECT_EQ(end.value("reason", ""), "interrupted with checkpoint 1 (step-1) (signal 15)");
  EXPECT_EQ(end.value("signal", 0), SIGTERM);
  EXPECT_EQ(end.value("checkpoint", 0), 1);
  EXPECT_EQ(attempt->checkpoints().size(), 1U);
}

TEST_F(CheckpointTest, ThatIsOpenServesAnInterruption) {
  const auto attempt = start({"ignore", "confirm"}, {"--checkpoint-timeout", "1000"});
  attempt->ask(Request::kCheckpoint);
  EXPECT_EQ(fifo_.line(), "ignore");
  attempt->ask(Request::kInterrupt);
  attempt->wait_for_journal("to be interrupted: a checkpoint is awaited");
  ::kill(attempt->start().value("main_pid", 0), SIGUSR1);
  EXPECT_EQ(outcome(*attempt), "interrupted");
  EXPECT_EQ(request_file(), "1\n");
  EXPECT_EQ(attempt->end().value("checkpoint", 0), 1);
}

TEST_F(CheckpointTest, ThatDoesNotComeDoesNotHoldUpAnInterruption) {
  const auto attempt = start({"confirm", "ignore"}, {"--checkpoint-timeout", "0.2"});
  attempt->ask(Request::kCheckpoint);
  attempt->wait_for_checkpoints(1);
  attempt->ask(Request::kInterrupt);
  EXPECT_EQ(outcome(*attempt), "interrupted");
  EXPECT_THAT(attempt->end().value("reason", ""),
              HasSubstr("request 2 was not confirmed in 200 ms; the last one is checkpoint 1"));
}

TEST_F(CheckpointTest, IsNotForcedOnAJobThatMakesNone) {
  Supervised attempt(folder_ / "attempt", {},
                     {"sh", "-c", "echo ready > " + fifo_.path() + "; exec sleep 50"});
  EXPECT_EQ(fifo_.line(), "ready");
  attempt.ask(Request::kCheckpoint);
  attempt.wait_for_journal("a checkpoint was asked for");
  attempt.ask(Request::kInterrupt);
  EXPECT_EQ(outcome(attempt), "interrupted");
  EXPECT_THAT(attempt.end().value("reason", ""), HasSubstr("makes none on request"));
}

TEST_F(CheckpointTest, OfAJobThatFinishesMeanwhileIsNotNeeded) {
  const auto attempt = start({"exit:0"}, {"--checkpoint-timeout", "1000"});
  attempt->ask(Request::kInterrupt);
  EXPECT_EQ(outcome(*attempt), "exited");
  EXPECT_EQ(attempt->end().value("exit_code", -1), 0);
  EXPECT_EQ(attempt->end().value("reason", "?"), "");
}

TEST_F(CheckpointTest, ThatKillsTheJobLeavesItInterrupted) {
  const auto attempt = start({"exit:7"}, {"--checkpoint-timeout", "1000"});
  attempt->ask(Request::kInterrupt);
  EXPECT_EQ(outcome(*attempt), "interrupted");
  EXPECT_EQ(attempt->end().value("exit_code", 0), 7);
  EXPECT_THAT(attempt->end().value("reason", ""), HasSubstr("it ended before it confirmed one"));
}

TEST_F(CheckpointTest, OfTheLastBreathCounts) {
  for (const std::string& code : {std::string("0"), std::string("143")}) {
    const support::TemporaryFolder folder;
    Supervised attempt(
        folder / "attempt", options("SIGTERM", {"--checkpoint-interval", "0.02"}),
        {WATTLE_TEST_JOB, "save", std::to_string(SIGTERM), fifo_.path(), "save:" + code});
    EXPECT_EQ(fifo_.line(), "ready");
    attempt.ask(Request::kCheckpoint);
    attempt.wait_for_journal("a checkpoint was asked for");
    EXPECT_EQ(files_.exists(attempt.file("checkpoint.request")), false)
        << "it would also ask for the end";
    attempt.ask(Request::kInterrupt);
    EXPECT_EQ(fifo_.line(), "save:" + code);
    EXPECT_EQ(outcome(attempt), "interrupted");
    EXPECT_THAT(attempt.end().value("reason", ""), HasSubstr("interrupted with checkpoint 1"));
    EXPECT_EQ(attempt.end().value("exit_code", -1), std::stoi(code));
    EXPECT_EQ(attempt.checkpoints().size(), 1U);
  }
}

TEST_F(CheckpointTest, IsNotAwaitedByAStop) {
  const auto attempt = start({"ignore"}, {"--checkpoint-timeout", "1000"});
  attempt->ask(Request::kInterrupt);
  EXPECT_EQ(fifo_.line(), "ignore");
  attempt->signal(SIGTERM);
  EXPECT_EQ(outcome(*attempt), "stopped");
  EXPECT_EQ(attempt->end().value("signal", 0), SIGTERM);
}

TEST_F(CheckpointTest, OfAnInterruptedJobIsKilledByASecondRequest) {
  const std::string script = concat("trap '' TERM; exec ", WATTLE_TEST_JOB, " save ", SIGUSR1, " ",
                                    fifo_.path(), " confirm");
  Supervised attempt(folder_ / "attempt", options("SIGUSR1", {"--grace", "1000"}),
                     {"sh", "-c", script});
  EXPECT_EQ(fifo_.line(), "ready");
  attempt.ask(Request::kInterrupt);
  attempt.wait_for_checkpoints(1);
  attempt.signal(SIGTERM);
  attempt.signal(SIGINT);
  EXPECT_EQ(outcome(attempt), "stopped");
  EXPECT_EQ(attempt.end().value("signal", 0), SIGKILL);
}

}  // namespace
}  // namespace wattle::supervise
