#include "wattle/job/dispatcher.h"

#include <gtest/gtest.h>

#include "wattle/job/queue_simulation.h"

namespace wattle::job {
namespace {

using enum JobState;
using executor::Outcome;

class DispatcherTest : public ::testing::Test {
 protected:
  std::string submit(const Script& script, const std::function<void(spec::JobSpec&)>& edit = {}) {
    auto record = queue_.record();
    if (edit) {
      edit(record.job);
    }
    queue_.set_script(record.id, script);
    return queue_.submit(record);
  }
  std::string submit_long() { return submit({.takes = Seconds(1000)}); }
  JobRow job(const std::string& run) { return *queue_.jobs().get(run); }
  JobState state(const std::string& run) { return job(run).state; }
  void step() { ASSERT_TRUE(queue_.step()); }
  void pass(double seconds) {
    queue_.clock().advance(Seconds(seconds));
    queue_.host().tick();
    step();
  }
  const SimulatedExecutor::Attempt& attempt(const std::string& run) {
    const auto folder = queue_.desk().catalog().home().attempt(run, job(run).attempt);
    return queue_.host().attempts().at(folder);
  }
  std::string folder(const std::string& run) {
    return queue_.desk().catalog().home().attempt(run, job(run).attempt);
  }

  QueueSimulation queue_{1};
};

TEST_F(DispatcherTest, AJobRunsAndItsReceiptIsInTheDatabase) {
  const auto run = submit({.takes = Seconds(5)});
  step();
  EXPECT_EQ(state(run), kRunning);
  pass(5);
  EXPECT_EQ(state(run), kSucceeded);
  EXPECT_TRUE(queue_.jobs().receipt_json(run).ok());
  queue_.check_everything();
}

TEST_F(DispatcherTest, AHeldJobThatIsStoppedEnds) {
  const auto run = submit_long();
  queue_.ask(run, Wish::kPause);
  step();
  EXPECT_EQ(state(run), kInterrupted);
  queue_.ask(run, Wish::kStop);
  step();
  EXPECT_EQ(state(run), kStopped) << job(run).reason;
}

TEST_F(DispatcherTest, AJobThatWasHeldWhileItWaitedForAnotherStillComesAfterIt) {
  const auto first = submit_long();
  const auto second =
      submit({.takes = Seconds(1)}, [&](spec::JobSpec& job) { job.after = {first}; });
  queue_.ask(second, Wish::kPause);
  step();
  EXPECT_EQ(state(second), kInterrupted);
  queue_.ask(second, Wish::kResume);
  step();
  EXPECT_EQ(state(second), kPending);
  pass(1000);
  EXPECT_EQ(state(second), kRunning);
}

TEST_F(DispatcherTest, AFrozenJobGoesOnWhenThereAreCoresForIt) {
  const auto all = static_cast<std::int64_t>(queue_.desk().capacity().cpus);
  const auto whole = [&](spec::JobSpec& job) { job.resources.cpus = spec::Count{.value = all}; };
  const auto first = submit({.takes = Seconds(1000)}, whole);
  step();
  queue_.ask(first, Wish::kPause);
  step();
  EXPECT_TRUE(job(first).is_frozen);
  const auto second = submit({.takes = Seconds(10)}, whole);
  step();
  EXPECT_EQ(state(second), kRunning);
  queue_.ask(first, Wish::kResume);
  step();
  EXPECT_EQ(state(first), kInterrupted) << "its cores are another's";
  pass(10);
  EXPECT_EQ(state(first), kRunning);
  EXPECT_FALSE(attempt(first).is_frozen);
}

TEST_F(DispatcherTest, AFrozenJobThatIsLostRestsUntilItIsResumed) {
  const auto run =
      submit({.takes = Seconds(1000)}, [](spec::JobSpec& job) { job.retry.attempts = 3; });
  step();
  queue_.ask(run, Wish::kPause);
  step();
  queue_.host().lose(folder(run));
  step();
  EXPECT_EQ(state(run), kInterrupted);
  EXPECT_FALSE(job(run).is_frozen);
  queue_.ask(run, Wish::kResume);
  step();
  EXPECT_EQ(state(run), kRunning);
  EXPECT_EQ(job(run).attempt, 2U);
}

TEST_F(DispatcherTest, AStopThatComesWhileItIsBeingPausedIsNotLost) {
  const auto run = submit({.takes = Seconds(1000)},
                          [](spec::JobSpec& job) { job.checkpoint.request = "SIGUSR1"; });
  step();
  queue_.ask(run, Wish::kPause);
  step();
  EXPECT_EQ(state(run), kInterrupting);
  queue_.ask(run, Wish::kStop);
  step();
  pass(3);
  EXPECT_EQ(state(run), kStopped);
}

TEST_F(DispatcherTest, AJobWhoseLossNobodyWasWokenForIsSeenAllTheSame) {
  const auto run = submit_long();
  step();
  queue_.host().lose(folder(run));
  step();
  EXPECT_EQ(state(run), kInterrupted);
}

TEST_F(DispatcherTest, AStartThatNeverReachedASupervisorIsGivenUpAtOnce) {
  const auto run = submit({.start_fails = ErrorCode::kNotFound});
  step();
  EXPECT_EQ(state(run), kFailed);
  EXPECT_EQ(job(run).reason, "it cannot be started: starting the run: it cannot be started");
  queue_.check_everything();
}

TEST_F(DispatcherTest, AFullDiskIsWaitedForAndSpaceHelps) {
  const auto run = submit({.start_fails = ErrorCode::kIo});
  for (int i = 0; i < 10; ++i) {
    pass(60);
  }
  EXPECT_EQ(state(run), kWaiting);
  queue_.set_script(run, {.takes = Seconds(1)});
  pass(60);
  EXPECT_EQ(state(run), kRunning);
}

TEST_F(DispatcherTest, AFullDatabaseDelaysAJobAndNothingElse) {
  const auto run = submit_long();
  queue_.database().is_full = true;
  const auto outlook = queue_.dispatcher().step();
  ASSERT_TRUE(outlook.ok()) << outlook.error().message();
  ASSERT_TRUE(outlook->next);
  EXPECT_GT(*outlook->next, queue_.clock().utc_now()) << "it would be looked at without a pause";
  queue_.database().is_full = false;
  pass(5);
  EXPECT_EQ(state(run), kRunning);
}

TEST_F(DispatcherTest, ARetryFollowsAFailureAfterItsDelay) {
  const auto run = submit({.exit_code = 1, .takes = Seconds(1)},
                          [](spec::JobSpec& job) { job.retry.attempts = 1; });
  step();
  pass(1);
  EXPECT_EQ(state(run), kWaiting);
  queue_.set_script(run, {.takes = Seconds(1)});
  pass(9);
  EXPECT_EQ(state(run), kWaiting);
  pass(1);
  EXPECT_EQ(state(run), kRunning);
  pass(1);
  EXPECT_EQ(state(run), kSucceeded);
}

TEST_F(DispatcherTest, ABudgetOfTimeStopsAJobWithTheReason) {
  const auto run =
      submit({.takes = Seconds(1000)}, [](spec::JobSpec& job) { job.budget.time = Seconds(20); });
  step();
  pass(19);
  EXPECT_EQ(state(run), kRunning);
  pass(1);
  EXPECT_EQ(state(run), kInterrupting);
  pass(2);
  EXPECT_EQ(state(run), kStopped);
  EXPECT_EQ(job(run).reason, "its time budget of 20.0 s is used up");
}

TEST_F(DispatcherTest, JobsThatEndAtOnceDoNotKeepAStepForEver) {
  for (int i = 0; i < 60; ++i) {
    submit({.takes = Seconds(0)});
  }
  queue_.run_to_rest();
  queue_.check_everything();
}

/// A life of a job in simulated time, killed at one operation of it.
void live(std::uint64_t operation, bool after, const std::vector<Wish>& wishes, JobState end) {
  QueueSimulation queue(operation);
  auto record = queue.record();
  queue.set_script(record.id, {.takes = Seconds(100)});
  queue.submit(record);
  queue.host().kill_point.arm(operation, after);
  for (const auto wish : wishes) {
    while (!queue.step()) {
    }
    queue.ask(record.id, wish);
    queue.clock().advance(Seconds(1));
    queue.host().tick();
  }
  queue.run_to_rest();
  queue.host().kill_point.disarm();
  queue.check_everything();
  EXPECT_EQ(queue.jobs().get(record.id)->state, end) << queue.describe();
  EXPECT_EQ(queue.host().attempts().size(), 1U) << "its command was begun once";
}

TEST(KilledDispatcher, AtAnyOperationAJobIsPausedResumedAndDoneAllTheSame) {
  for (std::uint64_t operation = 1; operation <= 24; ++operation) {
    for (const bool after : {false, true}) {
      SCOPED_TRACE(testing::Message() << (after ? "after " : "before ") << operation);
      live(operation, after, {Wish::kPause, Wish::kResume}, kSucceeded);
    }
  }
}

TEST(KilledDispatcher, AtAnyOperationAJobIsAskedToStopOnceAtMost) {
  for (std::uint64_t operation = 1; operation <= 16; ++operation) {
    for (const bool after : {false, true}) {
      SCOPED_TRACE(testing::Message() << (after ? "after " : "before ") << operation);
      QueueSimulation queue(operation);
      auto record = queue.record();
      queue.set_script(record.id, {.takes = Seconds(100)});
      queue.submit(record);
      ASSERT_TRUE(queue.step());
      queue.ask(record.id, Wish::kStop);
      queue.host().kill_point.arm(operation, after);
      queue.run_to_rest();
      queue.check_everything();
      const auto state = queue.jobs().get(record.id)->state;
      // The request may be lost with its dispatcher; the job is then done, and never killed.
      EXPECT_TRUE(state == kStopped || state == kSucceeded) << queue.describe();
    }
  }
}

class QueueProperty : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(QueueProperty, NothingIsLostAndNothingRunsTwice) {
  constexpr std::uint64_t kSeeds = 15;
  for (std::uint64_t i = 0; i < kSeeds; ++i) {
    const auto seed = GetParam() * 1000 + i;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    simulate(seed);
    if (HasFailure()) {
      return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, QueueProperty, ::testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace wattle::job
