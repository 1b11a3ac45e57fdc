// What can be told of process groups without a supervisor; the ladder itself is tested with the
// real program, in src/supervise.
#include "wattle/energy/process_group.h"

#include <array>
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::energy {
namespace {

TEST(Hierarchies, AreFoundWhereBothVersionsAreMounted) {
  const auto found = parse_hierarchies(
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
      "33 31 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
      "34 31 0:31 / /proc rw - proc proc rw\n",
      "2:cpu,cpuacct:/a/b\n1:name=systemd:/\n0::/user.slice/x.scope\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_FALSE(found[0].unified);
  EXPECT_EQ(found[0].controllers, (std::vector<std::string>{"cpu", "cpuacct"}));
  EXPECT_EQ(found[0].own, "/sys/fs/cgroup/cpu,cpuacct/a/b");
  EXPECT_TRUE(found[1].unified);
  EXPECT_EQ(found[1].own, "/sys/fs/cgroup/unified/user.slice/x.scope");
}

TEST(Hierarchies, AreSeenFromInsideAContainer) {
  const std::string membership = "0::/docker/abc/job\n";
  const auto part =
      parse_hierarchies("9 8 0:9 /docker/abc /sys/fs/cgroup ro - cgroup2 none rw\n", membership);
  EXPECT_EQ(part.at(0).own, "/sys/fs/cgroup/job");
  const auto outside =
      parse_hierarchies("9 8 0:9 /other /sys/fs/cgroup ro - cgroup2 none rw\n", membership);
  EXPECT_EQ(outside.at(0).own, "/sys/fs/cgroup");
}

std::string stat_line(char state, int threads) {
  return std::string("42 (a ) name) ") + state + " 7 42 42 0 -1 0 0 0 0 0 100 50 20 30 20 0 " +
         std::to_string(threads) + " 0 1 1000 25 0";
}

TEST(ProcessFacts, AreReadPastANameWithParentheses) {
  const auto facts = parse_process_stat(stat_line('S', 1)).value();
  EXPECT_EQ(facts.pid, 42);
  EXPECT_EQ(facts.parent, 7);
  EXPECT_EQ(facts.cpu_microseconds, 200 * 1'000'000 / ::sysconf(_SC_CLK_TCK));
  EXPECT_EQ(facts.memory_bytes, 25 * ::sysconf(_SC_PAGESIZE));
  EXPECT_FALSE(parse_process_stat("42 (cut").has_value());
}

TEST(ProcessFacts, KnowALeaderWhoseThreadsGoOn) {
  EXPECT_TRUE(parse_process_stat(stat_line('Z', 1)).value().is_dead());
  EXPECT_FALSE(parse_process_stat(stat_line('Z', 3)).value().is_dead());
  EXPECT_FALSE(parse_process_stat(stat_line('R', 1)).value().is_dead());
}

TEST(EndGroup, TouchesNoGroupThatIsNotOurs) {
  EXPECT_TRUE(is_our_group("/sys/fs/cgroup/wattle-run-01J-1"));
  EXPECT_FALSE(is_our_group("/sys/fs/cgroup"));
  EXPECT_FALSE(is_our_group("/sys/fs/cgroup/system.slice/wattle-meterd.service"));
  EXPECT_FALSE(is_our_group(""));
  const support::TemporaryFolder folder;
  const std::string file = folder.write("group/cgroup.kill", "");
  EXPECT_TRUE(end_group({folder / "group"}, "NOBODY/1").ok());
  EXPECT_EQ(std::filesystem::file_size(file), 0U);
}

TEST(EndGroup, FindsProcessesByTheNameOfTheirAttempt) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execle("/bin/sleep", "sleep", "30", nullptr,
             std::array<const char*, 2>{"WATTLE_ATTEMPT=ENDGROUPTEST/1", nullptr}.data());
    ::_exit(1);
  }
  // Until it has been executed it has our environment.
  while (processes_with_environment("WATTLE_ATTEMPT=ENDGROUPTEST/1").empty()) {
    ASSERT_EQ(::waitpid(child, nullptr, WNOHANG), 0) << "it has ended by itself";
  }
  EXPECT_TRUE(end_group({}, "ENDGROUPTEST/1").ok());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(EndGroup, EndsNobodyForAnEmptyOwner) {
  // Without the guard its search would find the processes of every attempt. So this one must stay.
  const pid_t child = ::fork();
  if (child == 0) {
    ::execle("/bin/sleep", "sleep", "30", nullptr,
             std::array<const char*, 2>{"WATTLE_ATTEMPT=", nullptr}.data());
    ::_exit(1);
  }
  while (!has_environment_entry(child, "WATTLE_ATTEMPT=")) {
    ASSERT_EQ(::waitpid(child, nullptr, WNOHANG), 0) << "it has ended by itself";
  }
  EXPECT_TRUE(end_group({}, "").ok());
  EXPECT_EQ(::waitpid(child, nullptr, WNOHANG), 0) << "it was ended";
  ::kill(child, SIGKILL);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(Signals, AreCaughtByWhoHasAHandler) {
  struct sigaction before{};
  struct sigaction handler{};
  handler.sa_handler = [](int) {};
  EXPECT_FALSE(catches_signal(::getpid(), SIGUSR2));
  ::sigaction(SIGUSR2, &handler, &before);
  EXPECT_TRUE(catches_signal(::getpid(), SIGUSR2));
  EXPECT_FALSE(catches_signal(::getpid(), SIGUSR1));
  handler.sa_handler = SIG_IGN;
  ::sigaction(SIGUSR2, &handler, nullptr);
  EXPECT_FALSE(catches_signal(::getpid(), SIGUSR2)) << "ignoring it is no answer";
  ::sigaction(SIGUSR2, &before, nullptr);
  EXPECT_FALSE(catches_signal(-1, SIGUSR2));
}

}  // namespace
}  // namespace wattle::energy
