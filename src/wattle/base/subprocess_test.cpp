#include "wattle/base/subprocess.h"

#include <csignal>

#include <gtest/gtest.h>

#include "wattle/support/temporary_folder.h"

namespace wattle {
namespace {

Result<Captured> run(std::vector<std::string> argv, Seconds timeout = Seconds(60)) {
  RealSubprocess subprocess;
  return run_captured(subprocess, {.argv = std::move(argv)}, timeout);
}

TEST(Subprocess, CapturesOutputAndExitCode) {
  const auto captured = run({"sh", "-c", "echo hello; exit 3"});
  ASSERT_TRUE(captured.ok());
  EXPECT_EQ(captured->output, "hello\n");
  EXPECT_EQ(captured->status.code, 3);
  EXPECT_EQ(captured->status.shell_code(), 3);
}

TEST(Subprocess, TellsASignalFromAnExit) {
  const auto captured = run({"sh", "-c", "kill -TERM $$"});
  ASSERT_TRUE(captured.ok());
  EXPECT_EQ(captured->status.signal, SIGTERM);
  EXPECT_EQ(captured->status.shell_code(), 128 + SIGTERM);
}

TEST(Subprocess, SaysWhatCannotBeStarted) {
  EXPECT_EQ(run({"no-such-program-anywhere"}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(run({"/etc/passwd"}).error().code(), ErrorCode::kPermissionDenied);
}

TEST(Subprocess, KillsWhatDoesNotEnd) {
  EXPECT_EQ(run({"sleep", "600"}, Seconds(0.05)).error().code(), ErrorCode::kTimeout);
}

TEST(Subprocess, BoundsWhatItKeeps) {
  RealSubprocess subprocess;
  const auto captured = run_captured(subprocess, {.argv = {"sh", "-c", "head -c 100000 /dev/zero"}},
                                     Seconds(60), 1000);
  ASSERT_TRUE(captured.ok());
  EXPECT_EQ(captured->output.size(), 1000U);
}

TEST(Subprocess, StartsInTheFolderAndEnvironmentItIsGiven) {
  const support::TemporaryFolder folder;
  RealSubprocess subprocess;
  const auto captured = run_captured(subprocess,
                                     {.argv = {"/bin/sh", "-c", "echo $PWD $A"},
                                      .environment = std::vector<std::string>{"A=b"},
                                      .folder = folder.path()},
                                     Seconds(60));
  ASSERT_TRUE(captured.ok());
  EXPECT_EQ(captured->output, folder.path() + " b\n");
}

TEST(Subprocess, PollTellsWhetherItStillRuns) {
  RealSubprocess subprocess;
  auto process = subprocess.start({.argv = {"sleep", "600"}});
  ASSERT_TRUE(process.ok());
  EXPECT_FALSE((*process)->poll()->has_value());
  ASSERT_TRUE((*process)->signal(SIGKILL).ok());
  EXPECT_EQ((*process)->wait()->signal, SIGKILL);
  EXPECT_TRUE((*process)->poll()->has_value());
}

}  // namespace
}  // namespace wattle
