#include "wattle/job/receipt_maker.h"

#include <csignal>

#include <gtest/gtest.h>

namespace wattle::job {
namespace {

using executor::ExitRecord;
using executor::Outcome;

TEST(RunEnd, SaysHowItEndedInOneLine) {
  EXPECT_EQ(end_of({.outcome = Outcome::kExited}).state, "succeeded");
  EXPECT_EQ(end_of({.outcome = Outcome::kExited, .exit_code = 3}).reason,
            "the command ended with exit code 3");
  EXPECT_EQ(end_of({.outcome = Outcome::kSignaled, .signal = SIGSEGV}).reason,
            "the command was killed by SIGSEGV");
  EXPECT_EQ(end_of({.outcome = Outcome::kTimeLimit, .reason = "r"}).state, "stopped");
  EXPECT_EQ(end_of({.outcome = Outcome::kMemoryLimit, .reason = "r"}).state, "failed");
  EXPECT_EQ(end_of({.outcome = Outcome::kLost, .reason = "r"}).state, "interrupted");
}

TEST(MakeReceipt, AddsUpTheTimeOfAllAttempts) {
  Findings findings;
  findings.record.job.run = std::vector<std::string>{"true"};
  findings.exits = {{.outcome = Outcome::kLost,
                     .started_boot = {0},
                     .ended_boot = {2 * kNanosPerSecond},
                     .cpu_microseconds = 1'000'000,
                     .memory_peak_bytes = 7},
                    {.started_boot = {5 * kNanosPerSecond},
                     .ended_boot = {8 * kNanosPerSecond},
                     .cpu_microseconds = 500'000,
                     .memory_peak_bytes = 3}};
  const auto receipt = make_receipt(findings);
  EXPECT_DOUBLE_EQ(receipt.time.wall_seconds, 5);
  EXPECT_DOUBLE_EQ(receipt.time.cpu_seconds, 1.5);
  EXPECT_EQ(receipt.time.peak_memory_bytes, 7);
  EXPECT_EQ(receipt.run.attempts, 2U);
  EXPECT_EQ(receipt.run.state, "succeeded");
}

TEST(MakeReceipt, AnUnmeteredRunHasNoCarbonAndSaysSo) {
  Findings findings;
  findings.record.job.run = std::vector<std::string>{"true"};
  findings.exits = {{}};
  const auto receipt = make_receipt(findings);
  EXPECT_FALSE(receipt.energy.is_metered());
  EXPECT_FALSE(receipt.carbon.has_value());
  EXPECT_FALSE(receipt.cost.has_value());
}

TEST(MakeReceipt, KeepsTheExactMicrojoulesOfTheHost) {
  Findings findings;
  findings.record.job.run = std::vector<std::string>{"true"};
  findings.exits = {{}};
  findings.statement.components = {
      {.component = energy::Component::kCpu,
       .energy = Estimate<Joules>(Joules(5), Quality::kCounter, "rapl", 0.1),
       .sources = {"s"}}};
  findings.statement.energy = findings.statement.components[0].energy;
  findings.statement.host.accounts = {{ledger::Account::kDynamic, Microjoules(5'000'000)},
                                      {ledger::Account::kIdle, Microjoules(7)}};
  findings.statement.host.of_this_run = Microjoules(5'000'000);
  const auto receipt = make_receipt(findings);
  EXPECT_EQ(receipt.energy.host_microjoules.at("idle"), 7);
  EXPECT_EQ(receipt.energy.this_run_microjoules, 5'000'000);
  EXPECT_NEAR(receipt.energy.joules->high, 5 + 5 * 0.1 * kIntervalZ, 1e-9);
}

}  // namespace
}  // namespace wattle::job
