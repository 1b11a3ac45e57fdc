// Processes that the supervisor only counts: `--observe`, on each rung, with the real program.
#include <csignal>
#include <fstream>

#include "test_attempt.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/energy/observed_tree.h"
#include "wattle/support/requirement.h"

namespace wattle::supervise {
namespace {

using ::testing::HasSubstr;

class Observing : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { WATTLE_SKIP_WITHOUT(GetParam(), has_rung(GetParam())); }
  ~Observing() override {
    if (observed_) {
      (void)observed_->signal(SIGKILL).ok();
      (void)observed_->wait().ok();
    }
  }

  /// Starts the process that will be observed, as anybody's but the supervisor's.
  std::string start_observed(const Words& command) {
    observed_ = subprocess_.start({.argv = command}).value();
    return energy::to_text(energy::find_process({.pid = observed_->pid()}).value());
  }
  std::unique_ptr<Supervised> watch(const std::string& process, const Words& command,
                                    const Words& more = {}) {
    Words options{"--accounting", GetParam(), "--observe", process};
    options.insert(options.end(), more.begin(), more.end());
    return std::make_unique<Supervised>(folder_ / "attempt", options, command);
  }
  /// A watcher that waits for a signal, as `wattle await-process` does.
  Words waiting(const std::string& at_term = "exit 0") const {
    return {"sh", "-c",
            concat("trap '", at_term, "' TERM; echo ready > ", fifo_.path(),
                   "; while :; do sleep 0.01; done")};
  }
  void expect_left_alone() {
    EXPECT_EQ(observed_->poll().value().has_value(), false) << "it was ended";
    EXPECT_EQ(energy::read_process(observed_->pid()).value().state, 'S');
  }

  support::TemporaryFolder folder_;
  Fifo fifo_{folder_ / "fifo"};
  RealSubprocess subprocess_;
  std::unique_ptr<Process> observed_;
};

TEST_P(Observing, CountsWhatIsUsedMeanwhile) {
  Fifo orders(folder_ / "orders");
  Fifo answers(folder_ / "answers");
  const std::string job = WATTLE_TEST_JOB;
  const auto burns = [&](const char* name) { return concat(job, " burn 0.6 ", folder_ / name); };
  const auto process =
      start_observed({"sh", "-c",
                      concat(burns("before"), "; echo burnt > ", answers.path(), "; read x < ",
                             orders.path(), "; ", burns("used"), "; echo burnt > ", answers.path(),
                             "; read x < ", orders.path())});
  EXPECT_EQ(answers.line(), "burnt");
  const auto attempt = watch(process, waiting());
  EXPECT_EQ(fifo_.line(), "ready");
  orders.tell("go");
  EXPECT_EQ(answers.line(), "burnt");
  attempt->signal(SIGTERM);
  EXPECT_EQ(attempt->wait(), 0);
  double used = 0;
  std::ifstream(folder_ / "used") >> used;
  const auto counted = static_cast<double>(attempt->end().value("cpu_microseconds", 0L));
  EXPECT_GE(counted, used - 50'000);
  EXPECT_LT(counted, used + 300'000) << "what it had used before is counted";
  EXPECT_EQ(attempt->end().value("outcome", ""), "exited") << "that is how a measurement ends";
  orders.tell("end");
}

TEST_P(Observing, LeavesTheProcessAloneWhenItIsStopped) {
  const auto attempt = watch(start_observed({"sleep", "1000"}), waiting(": not yet"));
  EXPECT_EQ(fifo_.line(), "ready");
  attempt->signal(SIGTERM);
  attempt->signal(SIGINT);
  EXPECT_EQ(attempt->wait(), 0);
  EXPECT_EQ(attempt->end().value("outcome", ""), "stopped") << "it had to be killed";
  expect_left_alone();
}

TEST_P(Observing, LeavesTheProcessAloneAtTheTimeLimitAndItsLimits) {
  const auto attempt =
      watch(start_observed({"sleep", "1000"}), waiting(),
            {"--time-limit", "0.3", "--grace", "0.1", "--memory", "100000000", "--cpus", "1"});
  EXPECT_EQ(attempt->wait(), 0);
  EXPECT_EQ(attempt->end().value("outcome", ""), "time_limit");
  expect_left_alone();
}

TEST_P(Observing, LeavesTheProcessAloneWhenItIsFrozen) {
  const auto attempt = watch(start_observed({"sleep", "1000"}), waiting());
  EXPECT_EQ(fifo_.line(), "ready");
  attempt->ask(Request::kFreeze);
  attempt->wait_for_freeze(true);
  expect_left_alone();
  attempt->signal(SIGTERM);
  EXPECT_EQ(attempt->wait(), 0);
  expect_left_alone();
}

TEST_P(Observing, LeavesTheProcessAloneWhenTheSupervisorIsLost) {
  const auto attempt = watch(start_observed({"sleep", "1000"}), waiting());
  EXPECT_EQ(fifo_.line(), "ready");
  const Json start = attempt->start();
  attempt->signal(SIGKILL);
  EXPECT_EQ(attempt->wait(), 128 + SIGKILL);
  EXPECT_TRUE(energy::end_group(start.value("cgroups", Words()), start.value("owner", "")).ok());
  expect_left_alone();
}

TEST_P(Observing, RefusesAnotherProcessOfThatNumber) {
  const auto process = start_observed({"sleep", "1000"});
  const auto attempt = watch(process + "9", {"true"});
  EXPECT_EQ(attempt->wait(), 0);
  EXPECT_EQ(attempt->end().value("outcome", ""), "not_started");
  EXPECT_THAT(attempt->end().value("reason", ""), HasSubstr("another one has its number now"));
}

INSTANTIATE_TEST_SUITE_P(Ladder, Observing, ::testing::Values("cgroup2", "cgroup1", "subreaper"),
                         [](const auto& rung) { return std::string(rung.param); });

TEST(Observe, TakesAProcess) {
  const support::TemporaryFolder folder;
  for (const auto* process : {"1", "x", "12:", "-3"}) {
    Supervised attempt(folder / "attempt", {"--observe", process}, {"true"});
    EXPECT_EQ(attempt.wait(), 2) << process;
  }
}

}  // namespace
}  // namespace wattle::supervise
